using Trainer.Engine.Data;
using Trainer.Recipes;

namespace Trainer.Tests.Data;

/// <summary>Images and labels that a data source of one's own may get wrong.</summary>
public sealed class ImageDataTests
{
    private static readonly string[] Names = ["cat", "dog", "frog"];

    public static TheoryData<long[], ScalarType, long[], ScalarType, string> Wrong => new()
    {
        { [2, 1, 4, 4], ScalarType.Float32, [0, 1], ScalarType.Int64,
            "images of Float32 [2, 1, 4, 4], expected Byte [N, C, H, W], from 0 to 255" },
        { [2, 4, 4], ScalarType.Byte, [0, 1], ScalarType.Int64,
        "images of Byte [2, 4, 4], expected Byte [N, C, H, W], from 0 to 255" },
        { [2, 1, 4, 4], ScalarType.Byte, [0, 1], ScalarType.Int32,
        "labels of Int32 [2], expected Int64 [2], one for each image" },
        { [2, 1, 4, 4], ScalarType.Byte, [0, 1], ScalarType.Float32,
        "labels of Float32 [2], expected Int64 [2], one for each image" },
        { [2, 1, 4, 4], ScalarType.Byte, [0, 1, 2], ScalarType.Int64,
        "labels of Int64 [3], expected Int64 [2], one for each image" },
        { [2, 1, 4, 4], ScalarType.Byte, [0, 3], ScalarType.Int64,
        "labels from 0 to 3, expected 0 to 2 for 3 classes" },
        { [2, 1, 4, 4], ScalarType.Byte, [-1, 2], ScalarType.Int64,
        "labels from -1 to 2, expected 0 to 2 for 3 classes" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Data_are_checked_once_when_they_are_made(
        long[] shape, ScalarType type, long[] labels, ScalarType labelType, string fault)
    {
        var error = Assert.Throws<TrainerException>(() => new ImageData(
            zeros(shape, type), tensor(labels).to(labelType), Names));
        Assert.Equal(
            (ErrorKind.Data, $"The data hold {fault}. Correct the files, or the data source that reads them."),
            (error.Kind, error.Message));
    }

    [Fact]
    public void Data_without_an_image_are_sound() => Assert.Equal(0, Images(0, 1, Names).Count);

    [Fact]
    public void Test_images_of_another_shape_are_refused()
    {
        var error = Assert.Throws<TrainerException>(() => new DataSplits(
            Images(2, 1, Names), Images(0, 1, Names), Images(2, 3, Names), "data"));
        Assert.Equal(
            (ErrorKind.Data, "The test images are 3×4×4 of 3 classes, but the training images are 1×4×4 of 3. "
            + "Make them alike."), (error.Kind, error.Message));
    }

    [Fact]
    public void Held_out_images_of_other_classes_are_refused()
    {
        var error = Assert.Throws<TrainerException>(() => new DataSplits(
            Images(2, 1, Names), Images(2, 1, Names[..2]), Images(2, 1, Names), "data"));
        Assert.Equal(
            (ErrorKind.Data,
            "The held-out images are 1×4×4 of 2 classes, but the training images are 1×4×4 of 3. Make them alike."),
            (error.Kind, error.Message));
    }

    private static ImageData Images(int count, int channels, string[] names) =>
        new(zeros([count, channels, 4, 4], ScalarType.Byte), zeros(count, ScalarType.Int64), names);
}
