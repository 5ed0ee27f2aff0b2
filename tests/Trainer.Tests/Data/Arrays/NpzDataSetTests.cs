using System.Buffers.Binary;
using System.IO.Compression;
using TorchSharp;
using Trainer.Engine.Data.Arrays;
using Trainer.Recipes;

namespace Trainer.Tests.Data.Arrays;

public sealed class NpzDataSetTests : IDisposable
{
    private const string Header = "'descr': '|u1', 'fortran_order': False, 'shape': (5, 2, 2), ";
    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Stored_arrays_are_read()
    {
        var file = ArrayFixtures.At("stored.npz");
        File.Copy(file, folder.At("train.npz"));
        using var data = new NpzDataSet { Train = folder.At("train.npz"), Test = file, Classes = 3, Validation = 2 }
            .Load([]);
        TensorAssert.Same(ArrayFixtures.Images(), data.Test.Images);
        Assert.Equal(ArrayFixtures.Labels, data.Test.Labels.data<long>().ToArray());
        Assert.Equal((3, 2), (data.Train.Count, data.Validation.Count));
        using var streamed = new NpzDataSet { Train = file, Test = file, Classes = 3, Stream = new() { MemoryGB = 0 } }
            .LoadTest([]);
        Assert.True(streamed.Test.IsStreamed);
        var rows = arange(5, ScalarType.Int64);
        TensorAssert.Same(data.Test.Batch(rows).Images, streamed.Test.Batch(rows).Images);
    }

    [Fact]
    public void Deflated_arrays_of_one_file_are_read_by_their_names()
    {
        var file = ArrayFixtures.At("deflated.npz");
        using var data = new NpzDataSet
        {
            Train = file,
            ImageArray = "x_train",
            LabelArray = "y_train",
            Test = file,
            TestImageArray = "x_test",
            TestLabelArray = "y_test",
            Classes = 3,
        }.Load([]);
        TensorAssert.Same(ArrayFixtures.Images(1), data.Train.Images);
        TensorAssert.Same(ArrayFixtures.Images(1)[TensorIndex.Slice(0, 2)], data.Test.Images);
        Assert.Equal(ArrayFixtures.Labels[..2], data.Test.Labels.data<long>().ToArray());
    }

    [Fact]
    public void A_name_that_the_file_lacks_is_refused_with_those_that_it_has() =>
        Assert.Equal(
            $"{ArrayFixtures.At("deflated.npz")} holds no array 'images', expected one; it holds x_train, y_train, "
            + "x_test, y_test. Correct or replace the file.",
            Fault(ArrayFixtures.At("deflated.npz")));

    [Fact]
    public void An_array_that_is_not_read_is_named_with_its_file() =>
        Assert.Equal(
            $"{Zip(Npy(20))} (array 'labels') holds labels of shape [5, 2, 2], expected [5], one for each image. "
            + $"Correct or replace the file.",
            Fault(folder.At("test.npz")));

    [Fact]
    public void A_length_other_than_the_header_s_is_refused()
    {
        Assert.Contains(
            "(array 'images') promises [5, 2, 2] values of 1 byte from offset 128 on, but 1000000 bytes follow there",
            Fault(Zip(Npy(1_000_000))), StringComparison.Ordinal);
        // The archive's own word for the length, in its central directory, is 7 bytes; the content is longer.
        var path = Zip(Npy(20));
        Patch(path, entry => BinaryPrimitives.WriteInt32LittleEndian(entry[24..], 7));
        Assert.StartsWith($"{path} (array 'images') ", Fault(path), StringComparison.Ordinal);
    }

    [Fact]
    public void More_bytes_than_deflate_can_make_are_refused_before_anything_is_allocated()
    {
        var path = Zip(NpyDataSetTests.Npy("'descr': '|u1', 'fortran_order': False, 'shape': (5, 20000, 20000), ", 20));
        Patch(path, entry => BinaryPrimitives.WriteInt32LittleEndian(entry[24..], 2_000_000_128));
        Assert.Matches(
            @"\(array 'images'\) says that \d+ packed bytes become 2000000128, which deflate cannot do", Fault(path));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public void A_changed_value_is_found_by_the_checksum(double memory)
    {
        var path = folder.At("changed.npz");
        var bytes = File.ReadAllBytes(ArrayFixtures.At("stored.npz"));
        bytes[300] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Matches(
            @"\(array 'images'\) has the checksum [0-9a-f]{8}, expected [0-9a-f]{8}: the file is damaged",
            Fault(path, memory));
    }

    [Fact]
    public void A_file_that_is_no_archive_or_only_half_of_one_is_refused()
    {
        File.WriteAllText(folder.At("page.npz"), "<html>404</html>");
        File.WriteAllBytes(folder.At("half.npz"), File.ReadAllBytes(ArrayFixtures.At("stored.npz"))[..400]);
        foreach (var name in (string[])["page.npz", "half.npz"])
            Assert.Matches(
                @" is no whole zip archive \(.+\), expected one that numpy.savez has written\. Correct or replace",
                Fault(folder.At(name)));
        Assert.StartsWith($"'{folder.At("none")}' cannot be read", Fault(folder.At("none")), StringComparison.Ordinal);
    }

    private static byte[] Npy(int length) => NpyDataSetTests.Npy(Header, length);

    /// <summary>An archive with the same content as images and as labels.</summary>
    private string Zip(byte[] content)
    {
        var path = folder.At("test.npz");
        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        foreach (var name in (string[])["images.npy", "labels.npy"])
        {
            using var entry = archive.CreateEntry(name).Open();
            entry.Write(content);
        }
        return path;
    }

    private delegate void Change(Span<byte> entry);

    /// <summary>Changes the first entry of the central directory.</summary>
    private static void Patch(string path, Change change)
    {
        var bytes = File.ReadAllBytes(path);
        change(bytes.AsSpan(bytes.AsSpan().IndexOf("PK\u0001\u0002"u8)));
        File.WriteAllBytes(path, bytes);
    }

    private static string Fault(string path, double memory = 1)
    {
        var error = Assert.Throws<TrainerException>(() =>
            new NpzDataSet { Train = path, Test = path, Classes = 3, Stream = new() { MemoryGB = memory } }
                .LoadTest([]));
        Assert.Equal(ErrorKind.Data, error.Kind);
        return error.Message;
    }
}
