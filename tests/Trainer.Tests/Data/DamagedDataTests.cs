using Trainer.Engine.Data;
using Trainer.Recipes;

namespace Trainer.Tests.Data;

public sealed class DamagedDataTests
{
    [Theory]
    [InlineData(IdxFolder.TrainImages)]
    [InlineData(IdxFolder.TrainLabels)]
    [InlineData(IdxFolder.TestImages)]
    [InlineData(IdxFolder.TestLabels)]
    public void A_missing_file_is_named_with_its_folder(string missing)
    {
        using var folder = new IdxFolder();
        File.Delete(Path.Combine(folder.Folder, missing));
        Assert.Equal(
            $"{folder.Folder} lacks {missing} (or {missing}.gz). Copy what is missing there, or get the data set: "
            + "scripts/get-data.sh mnist.",
            ErrorOf(folder));
    }

    [Fact]
    public void An_empty_folder_is_refused_with_the_places_that_were_searched()
    {
        using var folder = new IdxFolder();
        var empty = Directory.CreateDirectory(Path.Combine(folder.Folder, "empty")).FullName;
        var error = Assert.Throws<TrainerException>(() => new Mnist { Path = empty }.Load([]));
        Assert.Equal(ErrorKind.Data, error.Kind);
        Assert.Equal(
            $"Found no mnist: looked in {empty} for train-images-idx3-ubyte (or train-images-idx3-ubyte.gz) and the "
            + "rest. "
            + "Get it with scripts/get-data.sh mnist, or name its folder by data.path in the recipe.",
            error.Message);
    }

    [Fact]
    public void Another_magic_number_is_refused()
    {
        using var folder = new IdxFolder();
        folder.Write(IdxFolder.TrainImages, IdxFolder.Labels(1, 2, 3, 4, 5, 6));
        AssertDamaged(
            folder, IdxFolder.TrainImages,
            "begins with 0x00000801 at offset 0, expected 0x00000803 (IDX, unsigned bytes, 3 dimensions)");
    }

    [Fact]
    public void Another_type_of_values_is_refused()
    {
        using var folder = new IdxFolder();
        folder.Write(IdxFolder.TestLabels, [.. IdxFolder.Header(0xD01, 3), .. new byte[12]]);
        AssertDamaged(
            folder, IdxFolder.TestLabels,
            "begins with 0x00000d01 at offset 0, expected 0x00000801 (IDX, unsigned bytes, 1 dimensions)");
    }

    [Theory]
    [InlineData(0, "ends at offset 0, expected a magic number of 4 bytes, 4 bytes more")]
    [InlineData(3, "ends at offset 3, expected a magic number of 4 bytes, 1 bytes more")]
    [InlineData(9, "ends at offset 9, expected a header of 16 bytes, 3 bytes more")]
    [InlineData(51, "is too short: its header promises 6×2×3 values from offset 16 on, but only 35 can follow")]
    public void A_short_file_is_refused_with_the_place_where_it_ends(int length, string found)
    {
        using var folder = new IdxFolder();
        folder.Write(IdxFolder.TrainImages, IdxFolder.Images(6)[..length]);
        AssertDamaged(folder, IdxFolder.TrainImages, found);
    }

    [Fact]
    public void A_short_content_of_a_gzip_file_is_refused_with_the_place_where_it_ends()
    {
        using var folder = new IdxFolder();
        folder.Write(IdxFolder.TrainImages, IdxFolder.Images(6)[..51], packed: true);
        AssertDamaged(folder, IdxFolder.TrainImages + ".gz", "ends at offset 51, expected 6×2×3 values, 1 bytes more");
    }

    [Fact]
    public void A_header_that_promises_more_than_can_follow_allocates_nothing()
    {
        using var folder = new IdxFolder();
        folder.Write(IdxFolder.TestImages, IdxFolder.Header(0x803, -1, -1, -1), packed: true);
        var most = new FileInfo(Path.Combine(folder.Folder, IdxFolder.TestImages + ".gz")).Length * 1032;
        AssertDamaged(folder, IdxFolder.TestImages + ".gz",
            "is too short: its header promises 4294967295×4294967295×4294967295 values from offset 16 on, "
            + $"but only {most} can follow");
    }

    [Fact]
    public void A_dimension_of_length_zero_is_refused()
    {
        using var folder = new IdxFolder();
        folder.Write(IdxFolder.TestImages, IdxFolder.Images(3, height: 0));
        AssertDamaged(
            folder, IdxFolder.TestImages, "has length 0 of dimension 1 at offset 8, expected at least 1");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Values_after_the_last_one_are_refused(bool packed)
    {
        using var folder = new IdxFolder();
        folder.Write(IdxFolder.TestLabels, [.. IdxFolder.Labels(5, 5, 7), 1], packed);
        AssertDamaged(
            folder, packed ? IdxFolder.TestLabels + ".gz"
            : IdxFolder.TestLabels, "continues at offset 11, expected its end after 3 values");
    }

    [Fact]
    public void Another_count_of_labels_than_of_images_is_refused()
    {
        using var folder = new IdxFolder();
        folder.Write(IdxFolder.TrainLabels, IdxFolder.Labels(1, 2, 3, 4, 5));
        AssertDamaged(folder, IdxFolder.TrainLabels,
            $"holds 5 labels (offset 4), but {Path.Combine(folder.Folder, IdxFolder.TrainImages)} holds 6 images");
    }

    [Fact]
    public void A_label_out_of_range_is_refused()
    {
        using var folder = new IdxFolder();
        folder.Write(IdxFolder.TrainLabels, IdxFolder.Labels(1, 2, 3, 10, 5, 11));
        AssertDamaged(folder, IdxFolder.TrainLabels, "has label 10 at offset 11, expected 0 to 9");
    }

    [Fact]
    public void Test_images_of_another_shape_are_refused()
    {
        using var folder = new IdxFolder();
        folder.Write(IdxFolder.TestImages, IdxFolder.Images(3, height: 3, width: 2));
        AssertDamaged(folder, IdxFolder.TestImages,
            $"holds images of 1×3×2, but {Path.Combine(folder.Folder, IdxFolder.TrainImages)} holds images of 1×2×3");
    }

    [Theory]
    [InlineData(12)] // inside the packed values
    [InlineData(-6)] // inside the checksum
    public void A_packed_file_with_a_flipped_bit_is_refused(int position)
    {
        using var folder = new IdxFolder(packed: true);
        var path = Path.Combine(folder.Folder, IdxFolder.TrainImages + ".gz");
        var bytes = File.ReadAllBytes(path);
        bytes[position < 0 ? bytes.Length + position : position] ^= 0x10;
        File.WriteAllBytes(path, bytes);
        var message = ErrorOf(folder);
        Assert.StartsWith(path + " ", message, StringComparison.Ordinal);
        Assert.EndsWith(
            ". Move the folder away and get the data set anew: scripts/get-data.sh mnist.", message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_gzip_file_is_refused()
    {
        using var folder = new IdxFolder(packed: true);
        var path = Path.Combine(folder.Folder, IdxFolder.TrainImages + ".gz");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..20]);
        Assert.StartsWith(path + " ", ErrorOf(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_the_place_of_a_file_is_a_missing_file()
    {
        using var folder = new IdxFolder();
        File.Delete(Path.Combine(folder.Folder, IdxFolder.TestLabels));
        Directory.CreateDirectory(Path.Combine(folder.Folder, IdxFolder.TestLabels));
        Assert.Contains($"lacks {IdxFolder.TestLabels}", ErrorOf(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void Holding_out_everything_is_a_fault_of_the_recipe()
    {
        using var folder = new IdxFolder();
        var error = Assert.Throws<TrainerException>(() => new Mnist { Path = folder.Folder, Validation = 6 }.Load([]));
        Assert.Equal(ErrorKind.Recipe, error.Kind);
        Assert.Equal(
            "data.validation is 6, but mnist has 6 training images: expected less, so that some are left to train on.",
            error.Message);
    }

    private static string ErrorOf(IdxFolder folder)
    {
        var error = Assert.Throws<TrainerException>(() => new Mnist { Path = folder.Folder, Validation = 0 }.Load([]));
        Assert.Equal(ErrorKind.Data, error.Kind);
        return error.Message;
    }

    private static void AssertDamaged(IdxFolder folder, string file, string found) => Assert.Equal(
        $"{Path.Combine(folder.Folder, file)} {found}. Move the folder away and get the data set anew: "
        + "scripts/get-data.sh mnist.",
        ErrorOf(folder));
}
