using Trainer.Engine.Data;

namespace Trainer.Tests.Data;

public sealed class TestImagesAloneTests
{
    [Fact]
    public void Data_in_the_layout_of_MNIST_need_the_test_files_alone()
    {
        using var folder = new IdxFolder();
        using var whole = new Mnist { Path = folder.Folder, Validation = 2 }.Load([]);
        File.Delete(Path.Combine(folder.Folder, IdxFolder.TrainImages));
        File.Delete(Path.Combine(folder.Folder, IdxFolder.TrainLabels));
        using var test = new Mnist { Path = folder.Folder }.LoadTest([]);
        Same(whole, test, 3);
    }

    [Fact]
    public void Data_in_the_layout_of_CIFAR_need_the_test_file_alone()
    {
        using var folder = new CifarFolder();
        using var whole = folder.Load(validation: 1);
        File.Delete(folder.At(CifarFolder.First));
        File.Delete(folder.At(CifarFolder.Second));
        using var test = folder.Files.LoadTest(folder.Path, []);
        Same(whole, test, 2);
    }

    private static void Same(DataSplits whole, DataSplits test, int count)
    {
        Assert.Equal((count, 0, 0), (test.Test.Count, test.Train.Count, test.Validation.Count));
        Assert.Equal((whole.Train.Shape, whole.Train.Classes), (test.Train.Shape, test.Train.Classes));
        Assert.True(whole.Test.Images.equal(test.Test.Images).all().item<bool>());
        Assert.True(whole.Test.Labels.equal(test.Test.Labels).all().item<bool>());
        Assert.Equal(whole.TestFingerprint, test.TestFingerprint);
        Assert.NotEqual(whole.Fingerprint, whole.TestFingerprint);
    }
}
