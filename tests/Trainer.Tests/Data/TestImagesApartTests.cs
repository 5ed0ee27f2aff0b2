using Trainer.Engine.Data;
using Trainer.Engine.Data.Arrays;
using Trainer.Engine.Data.Encoded;
using Trainer.Recipes;
using Trainer.Tests.Data.Arrays;

namespace Trainer.Tests.Data;

/// <summary>Test images of one's own that are the training images.</summary>
public sealed class TestImagesApartTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Images_of_the_same_file_are_refused_by_every_source()
    {
        Directory.CreateDirectory(folder.At("parts"));
        foreach (var name in (string[])["a-0", "a-1", "b-0"])
            File.WriteAllText(folder.At("parts", name), "");
        File.CreateSymbolicLink(folder.At("link"), folder.At("parts", "a-0"));
        Directory.CreateSymbolicLink(folder.At("linked"), folder.At("parts"));
        var file = folder.At("parts", "a-0");
        foreach (var (source, remedy) in new (IDataSource, string)[]
        {
            (new SafetensorsDataSet { Train = file, Test = folder.At("parts", "..", "parts", "a-0"), Classes = 2 },
                "Name the test images in data.test."),
            (new NpyDataSet { Train = file, TrainLabels = "", Test = folder.At("link"), TestLabels = "", Classes = 2 },
                "Name the test images in data.test."),
            (new NpzDataSet { Train = file, Test = file, Classes = 2 },
                "Name the test images in data.test or data.testImageArray."),
            (new NpzDataSet { Train = file, Test = file, TestImageArray = "images", TestLabelArray = "y", Classes = 2 },
                "Name the test images in data.test or data.testImageArray."),
            (new ParquetDataSet { Train = folder.At("parts", "a-*"), Test = folder.At("parts", "*-0"), Classes = 2 },
                "Name the test images in data.test."),
            (new ImageFolderDataSet { Train = folder.At("parts"), Test = folder.At("linked") + "/" },
                "Name the test images in data.test."),
        })
        {
            var fault = Assert.Throws<TrainerException>(() => source.Load([]));
            Assert.Equal(ErrorKind.Recipe, fault.Kind);
            Assert.Matches("^data\\.test: found '.*', whose images are those of data\\.train, expected others\\. ",
                fault.Message);
            Assert.EndsWith(remedy, fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Test_images_alone_are_read_whatever_the_training_images_are()
    {
        var file = ArrayFixtures.At("stored.npz");
        using var alone = new NpzDataSet { Train = file, Test = file, Classes = 3 }.LoadTest([]);
        Assert.Equal(5, alone.Test.Count);
    }
}
