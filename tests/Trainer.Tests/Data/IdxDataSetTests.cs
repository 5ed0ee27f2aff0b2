using Trainer.Engine.Data;

namespace Trainer.Tests.Data;

public sealed class IdxDataSetTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Files_are_read_plain_and_packed(bool packed)
    {
        using var folder = new IdxFolder(packed);
        using var data = new Mnist { Path = folder.Folder, Validation = 0 }.Load([]);

        Assert.Equal([6, 1, 2, 3], data.Train.Images.shape);
        Assert.Equal(ScalarType.Byte, data.Train.Images.dtype);
        Assert.Equal(Enumerable.Range(0, 36).Select(value => (byte)value), data.Train.Images.bytes.ToArray());
        Assert.Equal([9L, 0, 0, 3, 1, 2], data.Train.Labels.data<long>().ToArray());
        Assert.Equal(0, data.Validation.Count);
        Assert.Equal([3, 1, 2, 3], data.Test.Images.shape);
        Assert.Equal([5L, 5, 7], data.Test.Labels.data<long>().ToArray());
        Assert.Equal(10, data.Train.Classes);
    }

    [Fact]
    public void A_packed_file_may_lie_beside_plain_ones()
    {
        using var folder = new IdxFolder();
        folder.Write(IdxFolder.TestLabels, IdxFolder.Labels(1, 2, 3), packed: true);
        using var data = new Mnist { Path = folder.Folder, Validation = 0 }.Load([]);
        Assert.Equal([1L, 2, 3], data.Test.Labels.data<long>().ToArray());
    }

    [Fact]
    public void Held_out_images_keep_their_labels()
    {
        using var folder = new IdxFolder();
        using var all = new Mnist { Path = folder.Folder, Validation = 0 }.Load([]);
        using var data = new Mnist { Path = folder.Folder, Validation = 2 }.Load([]);
        var (trainRows, validationRows) = ValidationSplit.Split("mnist", 6, 2);

        Assert.Equal(
            trainRows.Select(row => all.Train.Labels[row].item<long>()), data.Train.Labels.data<long>().ToArray());
        Assert.Equal(
            validationRows.Select(row => all.Train.Labels[row].item<long>()),
            data.Validation.Labels.data<long>().ToArray());
        Assert.Equal(
            validationRows.Select(row => (byte)(6 * row)),
            data.Validation.Images.select(3, 0).select(2, 0).contiguous().bytes.ToArray());
    }

    [Fact]
    public void A_batch_is_the_byte_over_255()
    {
        using var folder = new IdxFolder();
        using var data = new Mnist { Path = folder.Folder, Validation = 0 }.Load([]);
        using var rows = tensor(new long[] { 5, 0 });
        var (images, labels) = data.Train.Batch(rows);

        Assert.Equal(
            Enumerable.Range(30, 6).Concat(Enumerable.Range(0, 6)).Select(value => value / 255f),
            images.data<float>().ToArray());
        Assert.Equal([2L, 9], labels.data<long>().ToArray());
    }

    [Fact]
    public void The_fingerprint_is_the_contents_and_not_the_files()
    {
        using var plain = new IdxFolder();
        using var packed = new IdxFolder(packed: true);
        using var other = new IdxFolder();
        other.Write(IdxFolder.TestLabels, IdxFolder.Labels(5, 5, 8));

        Assert.Equal(FingerprintOf(plain), FingerprintOf(packed));
        Assert.NotEqual(FingerprintOf(plain), FingerprintOf(other));
        // sha256 of the shapes as little-endian 64-bit numbers, each followed by its values, written out by hand in
        // Python.
        Assert.Equal("979965bbd2302a3d0d63a258da0ff63a7d2bcacfe45ac12a461b91c5964ae0c1", FingerprintOf(plain));
    }

    [Fact]
    public void Reading_leaves_no_tensors_behind()
    {
        using var folder = new IdxFolder();
        using var scope = NewDisposeScope();
        var data = new Mnist { Path = folder.Folder, Validation = 2 }.Load([]);
        Assert.Equal(0, scope.DisposablesCount);
        data.Dispose();
        Assert.True(data.Train.Images.IsInvalid);
    }

    private static string FingerprintOf(IdxFolder folder)
    {
        using var data = new Mnist { Path = folder.Folder, Validation = 2 }.Load([]);
        return data.Fingerprint;
    }
}
