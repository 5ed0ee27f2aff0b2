using Trainer.Engine.Data;

namespace Trainer.Tests.Data;

/// <summary>Reads the files of Debian's dataset-fashion-mnist, which scripts/setup.sh installs.</summary>
public sealed class FashionMnistTests
{
    [Fact]
    public void The_real_files_read_as_other_readers_read_them()
    {
        // The numbers were counted by Python's gzip and sum() over the same files.
        using var data = new FashionMnist { Validation = 0 }.Load([]);
        Assert.Equal([60000, 1, 28, 28], data.Train.Images.shape);
        Assert.Equal([10000, 1, 28, 28], data.Test.Images.shape);
        Assert.Equal([9L, 0, 0, 3, 0, 2, 7, 2, 5, 5], data.Train.Labels.data<long>().ToArray()[..10]);
        Assert.Equal([9L, 2, 1, 1, 6, 1, 4, 6, 5, 7], data.Test.Labels.data<long>().ToArray()[..10]);
        Assert.Equal(3431114169, Sum(data.Train.Images));
        Assert.Equal(573469082, Sum(data.Test.Images));
        Assert.Equal(76247, Sum(data.Train.Images[0]));
        Assert.Equal(24390, Sum(data.Test.Images[9999]));
        Assert.Equal(270000, Sum(data.Train.Labels));
        Assert.Equal("Ankle boot", data.Train.ClassNames[9]);
    }

    [Fact]
    public void Held_out_images_are_5000_of_the_60000()
    {
        using var all = new FashionMnist { Validation = 0 }.Load([]);
        using var data = new FashionMnist().Load([]);
        Assert.Equal(55000, data.Train.Count);
        Assert.Equal(5000, data.Validation.Count);
        Assert.Equal(Sum(all.Train.Images), Sum(data.Train.Images) + Sum(data.Validation.Images));
        Assert.Equal(all.Fingerprint, data.Fingerprint);
    }

    private static long Sum(Tensor values)
    {
        using var sum = values.sum(ScalarType.Int64);
        return sum.item<long>();
    }
}
