using Trainer.Engine.Data;
using Trainer.Recipes;

namespace Trainer.Tests.Data;

public sealed class CifarDataSetTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Rows_are_a_label_and_three_planes_of_32_by_32(int labelBytes)
    {
        using var folder = new CifarFolder(labelBytes);
        using var data = folder.Load();
        Assert.Equal([6, 3, 32, 32], data.Train.Images.shape);
        Assert.Equal(ScalarType.Byte, data.Train.Images.dtype);
        Assert.Equal([0L, 2, 1, 1, 0, 2], data.Train.Labels.data<long>().ToArray());
        Assert.Equal([2L, 2], data.Test.Labels.data<long>().ToArray());
        Assert.Equal(
            Enumerable.Range(0, 3072).Select(value => (byte)(20 + value)),
            data.Train.Images[1].contiguous().bytes.ToArray());
        // Red, then green, then blue, each row by row: 1,024 values a plane, 32 a row.
        Assert.Equal((20 + 2 * 1024 + 5 * 32 + 7) % 256, data.Train.Images[1, 2, 5, 7].item<byte>());
        Assert.Equal(["a", "b", "c"], data.Train.ClassNames);
    }

    [Fact]
    public void A_packed_file_may_lie_beside_plain_ones()
    {
        using var folder = new CifarFolder();
        var content = File.ReadAllBytes(folder.At(CifarFolder.Second));
        File.Delete(folder.At(CifarFolder.Second));
        File.WriteAllBytes(folder.At(CifarFolder.Second + ".gz"), IdxFolder.Pack(content));
        using var plain = new CifarFolder();
        using var data = folder.Load();
        using var expected = plain.Load();
        Assert.Equal(expected.Fingerprint, data.Fingerprint);
    }

    [Fact]
    public void Held_out_images_keep_their_labels()
    {
        using var folder = new CifarFolder();
        using var data = folder.Load(validation: 2);
        Assert.Equal((4, 2), (data.Train.Count, data.Validation.Count));
        foreach (var part in (ImageData[])[data.Train, data.Validation])
            for (var row = 0; row < part.Count; row++)
                Assert.Equal(10 * part.Labels[row].item<long>(), part.Images[row, 0, 0, 0].item<byte>());
    }

    [Theory]
    [InlineData(3 * 3073 - 1, "ends at offset 9218, expected 3 rows of 3073 bytes, 1 bytes more")]
    [InlineData(2 * 3073, "ends at offset 6146, expected 3 rows of 3073 bytes, 3073 bytes more")]
    [InlineData(3 * 3073 + 1, "continues at offset 9219, expected its end after 3 rows of 3073 bytes")]
    public void A_file_of_another_length_is_refused_with_the_place_where_it_ends(int length, string found)
    {
        using var folder = new CifarFolder();
        var bytes = File.ReadAllBytes(folder.At(CifarFolder.Second));
        Array.Resize(ref bytes, length);
        File.WriteAllBytes(folder.At(CifarFolder.Second), bytes);
        AssertDamaged(folder, CifarFolder.Second, found);
    }

    [Fact]
    public void A_label_out_of_range_is_refused()
    {
        using var folder = new CifarFolder(labelBytes: 2);
        File.WriteAllBytes(folder.At(CifarFolder.Test), [.. CifarFolder.Row(2, 1), .. CifarFolder.Row(2, 3)]);
        AssertDamaged(folder, CifarFolder.Test, "has label 3 at offset 3075, expected 0 to 2");
    }

    [Fact]
    public void Missing_files_are_named()
    {
        using var folder = new CifarFolder();
        File.Delete(folder.At(CifarFolder.Second));
        var error = Assert.Throws<TrainerException>(() => folder.Load());
        Assert.Equal(
            $"{folder.Path} lacks batch_2.bin (or batch_2.bin.gz). Copy what is missing there, or get the data set: "
            + "scripts/get-data.sh cifar-small.", error.Message);
    }

    [Fact]
    public void Cifar_10_has_six_files_of_ten_thousand_rows()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5",
            "test_batch"])
            File.WriteAllBytes(folder.At(name + ".bin"), CifarFolder.Row(1, 9));
        var error = Assert.Throws<TrainerException>(() => new Cifar10 { Path = folder.Path }.Load([]));
        Assert.Equal(
            $"{folder.At("data_batch_1.bin")} ends at offset 3073, expected 10000 rows of 3073 bytes, "
            + "30726927 bytes more. Move the folder away and get the data set anew: scripts/get-data.sh cifar-10.",
            error.Message);
    }

    [Fact]
    public void Cifar_100_has_two_files_of_rows_with_two_labels()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["train", "test"])
            File.WriteAllBytes(folder.At(name + ".bin"), CifarFolder.Row(2, 99));
        var error = Assert.Throws<TrainerException>(() => new Cifar100 { Path = folder.Path }.Load([]));
        Assert.Equal(
            $"{folder.At("train.bin")} ends at offset 3074, expected 50000 rows of 3074 bytes, 153696926 bytes more. "
            + "Move the folder away and get the data set anew: scripts/get-data.sh cifar-100.", error.Message);
    }

    [Fact]
    public void Reading_leaves_no_tensors_behind()
    {
        using var folder = new CifarFolder();
        using var scope = NewDisposeScope();
        var data = folder.Load(validation: 2);
        Assert.Equal(0, scope.DisposablesCount);
        data.Dispose();
    }

    private static void AssertDamaged(CifarFolder folder, string file, string found)
    {
        var error = Assert.Throws<TrainerException>(() => folder.Load());
        Assert.Equal(ErrorKind.Data, error.Kind);
        Assert.Equal(
            $"{folder.At(file)} {found}. Move the folder away and get the data set anew: "
            + "scripts/get-data.sh cifar-small.", error.Message);
    }
}
