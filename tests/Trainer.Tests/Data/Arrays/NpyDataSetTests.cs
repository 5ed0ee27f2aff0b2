using TorchSharp;
using Trainer.Engine;
using Trainer.Engine.Data.Arrays;
using Trainer.Recipes;

namespace Trainer.Tests.Data.Arrays;

public sealed class NpyDataSetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("nchw.npy", 3, null)]
    [InlineData("nchw.npy", 3, ArrayLayout.Nchw)]
    [InlineData("nhwc.npy", 3, null)]
    [InlineData("nhwc.npy", 3, ArrayLayout.Nhwc)]
    [InlineData("nhw.npy", 1, null)]
    [InlineData("nhw.npy", 1, ArrayLayout.Nhw)]
    [InlineData("version-2.npy", 1, null)]
    [InlineData("nhw-float16.npy", 1, null)]
    [InlineData("nhw-float32.npy", 1, null)]
    [InlineData("nhw-float64.npy", 1, null)]
    public void Every_layout_and_type_of_images_gives_the_same_images(string file, int channels, ArrayLayout? layout)
    {
        using var data = Read(ArrayFixtures.At(file), layout: layout);
        TensorAssert.Same(ArrayFixtures.Images(channels), data.Test.Images);
        using var streamed = Read(ArrayFixtures.At(file), layout: layout, memory: 0);
        Assert.True(streamed.Test.IsStreamed);
        var rows = arange(5, ScalarType.Int64);
        TensorAssert.Same(data.Test.Batch(rows).Images, streamed.Test.Batch(rows).Images);
    }

    [Theory]
    [InlineData("uint8")]
    [InlineData("int8")]
    [InlineData("uint16")]
    [InlineData("int16")]
    [InlineData("uint32")]
    [InlineData("int32")]
    [InlineData("uint64")]
    [InlineData("int64")]
    [InlineData("column")]
    public void Labels_may_be_of_any_integer_type(string type)
    {
        using var data = Read(ArrayFixtures.At("nhw.npy"), ArrayFixtures.At($"labels-{type}.npy"));
        Assert.Equal(ArrayFixtures.Labels, data.Test.Labels.data<long>().ToArray());
    }

    [Fact]
    public void Training_images_are_split_and_test_images_can_be_read_alone()
    {
        var (images, labels) = (ArrayFixtures.At("nhw.npy"), ArrayFixtures.At("labels-int64.npy"));
        File.Copy(images, folder.At("train.npy"));
        var source = new NpyDataSet
        {
            Train = folder.At("train.npy"),
            TrainLabels = labels,
            Test = images,
            TestLabels = labels,
            ClassNames = ["a", "b", "c"],
            Validation = 2,
        };
        using var data = source.Load([]);
        Assert.Equal((3, 2, 5), (data.Train.Count, data.Validation.Count, data.Test.Count));
        Assert.Equal(["a", "b", "c"], data.Validation.ClassNames);
        using var alone = (source with { Train = "none", TrainLabels = "none" }).LoadTest([]);
        Assert.Equal(data.TestFingerprint, alone.TestFingerprint);
        using var other = (source with { SplitAs = "cifar-10" }).Load([]);
        Assert.NotEqual(data.Validation.Images.bytes.ToArray(), other.Validation.Images.bytes.ToArray());
    }

    [Theory]
    [InlineData("fortran.npy",
        "holds its values column by column (fortran_order), expected row by row; save numpy.ascontiguousarray(array)")]
    [InlineData("big-endian.npy", "holds big-endian values (>f4), expected little-endian ones; save "
        + "array.astype(array.dtype.newbyteorder(\"<\"))")]
    [InlineData("objects.npy", "holds Python objects, which only pickle reads and which could run any program, "
        + "expected numbers; save images.astype(\"uint8\") and labels.astype(\"int64\")")]
    [InlineData("fields.npy",
        "holds records of several fields, expected one number for each value; save each field by itself")]
    [InlineData("complex.npy",
        "holds values of type <c8, expected integers or floating-point numbers of 1, 2, 4 or 8 bytes")]
    [InlineData("scalar.npy", "has the shape (), expected at least one dimension")]
    [InlineData("labels-int64.npy", "holds images of shape [5], expected three dimensions (nhw) or four (nhwc, nchw)")]
    public void Arrays_that_are_no_images_are_refused_by_name(string file, string found) =>
        Assert.Equal(
            $"{ArrayFixtures.At(file)} {found}. Correct or replace the file.",
            Fault(ErrorKind.Data, ArrayFixtures.At(file)));

    [Theory]
    [InlineData("nhw.npy", "holds labels of shape [5, 4, 6], expected [5], one for each image")]
    [InlineData("nhw-float32.npy", "holds labels of shape [5, 4, 6], expected [5], one for each image")]
    public void Labels_of_another_shape_are_refused(string file, string found) =>
        Assert.Equal(
            $"{ArrayFixtures.At(file)} {found}. Correct or replace the file.",
            Fault(ErrorKind.Data, ArrayFixtures.At("nchw.npy"), ArrayFixtures.At(file)));

    [Fact]
    public void Labels_beyond_the_classes_and_of_floating_point_are_refused()
    {
        var labels = ArrayFixtures.At("labels-int64.npy");
        Assert.Equal(
            $"{labels} has the label 2 at index 0, expected 0 to 1. Correct or replace the file.",
            Fault(ErrorKind.Data, ArrayFixtures.At("nhw.npy"), labels, classes: 2));
        var floats = Write("floats", Npy("'descr': '<f4', 'fortran_order': False, 'shape': (5,), ", 20));
        Assert.Equal(
            $"{floats} holds labels of type <f4, expected integers; save labels.astype(\"int64\"). Correct or replace "
            + "the file.",
            Fault(ErrorKind.Data, ArrayFixtures.At("nhw.npy"), floats));
        var negative = Write("negative", Npy("'descr': '|i1', 'fortran_order': False, 'shape': (5,), ", 0, [0, 1, 0xff,
            0, 1]));
        Assert.Contains(
            "has the label -1 at index 2, expected 0 to 2", Fault(ErrorKind.Data, ArrayFixtures.At("nhw.npy"),
            negative),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_layout_that_the_shape_does_not_tell_must_be_stated()
    {
        foreach (var shape in (string[])["5, 3, 4, 3", "5, 2, 4, 2"])
        {
            var file = Write("ambiguous", Npy($"'descr': '|u1', 'fortran_order': False, 'shape': ({shape}), ",
                Product(shape)));
            Assert.Equal(
                $"data.layout is missing, and images of shape [{shape}] can be read in two ways. Set it to nhwc "
                + $"(images, rows, columns, channels) or nchw (images, channels, rows, columns).",
                Fault(ErrorKind.Recipe, file));
            using var data = Read(file, layout: ArrayLayout.Nhwc);
            Assert.Equal(shape.Split(", ").Last(), $"{data.Test.Shape.Channels}");
        }
        Assert.Equal(
            "data.layout does not fit images of shape [5, 4, 6]. Expected nhw for three dimensions, and nhwc or nchw "
            + "for four.",
            Fault(ErrorKind.Recipe, ArrayFixtures.At("nhw.npy"), layout: ArrayLayout.Nchw));
    }

    [Theory]
    [InlineData(1.5f, "1.5")]
    [InlineData(-0.1f, "-0.1")]
    [InlineData(float.NaN, "NaN")]
    public void Floats_outside_0_to_1_are_refused_with_their_image(float value, string text)
    {
        var values = new float[5 * 2 * 2];
        values[3 * 4 + 1] = value;
        var file = Write("floats", Npy(
            "'descr': '<f4', 'fortran_order': False, 'shape': (5, 2, 2), ", 0,
            [.. values.SelectMany(BitConverter.GetBytes)]));
        Assert.Matches(
            $@"^{file}, image 3, has the value {text}\d*, expected uint8 from 0 to 255, or float16, float32 or float64 "
                + $@"from 0 to 1",
            Fault(ErrorKind.Data, file));
        Assert.Equal(Fault(ErrorKind.Data, file), Assert.Throws<TrainerException>(() => Read(file, memory: 0)).Message);
    }

    [Theory]
    [InlineData("'descr': '|u1', 'fortran_order': False, 'shape': (5, 2, 2), ", 19,
        "promises [5, 2, 2] values of 1 byte from offset 128 on, but 19 bytes follow there")]
    [InlineData("'descr': '|u1', 'fortran_order': False, 'shape': (5, 2, 2), ", 21,
        "promises [5, 2, 2] values of 1 byte from offset 128 on, but 21 bytes follow there")]
    [InlineData("'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296, 4294967296), ",
        0, "but 0 bytes follow there")]
    [InlineData("'descr': '|u1', 'fortran_order': False, 'shape': (5, 0, 2), ", 0,
        "has the shape (5, 0, 2), expected whole numbers from 1 to 9223372036854775807")]
    [InlineData("'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999, 2, 2), ", 0,
        "has the shape (99999999999999999999, 2, 2), expected whole numbers")]
    [InlineData("'descr': '|u1', 'fortran_order': False, ", 20,
        "has at offset 10 a header other than a dictionary of descr, fortran_order and shape")]
    [InlineData("'descr': '|u1', 'fortran_order': False, 'shape': (5, 2, 2), 'more': __import__('os'), ", 20,
        "has at offset 10 a header other than a dictionary")]
    [InlineData("'descr': '|u1', 'fortran_order': False, 'shape': (5, -2, 2), ", 20,
        "has at offset 10 a header other than a dictionary")]
    public void A_header_that_does_not_fit_its_file_is_refused(string header, int length, string found) =>
        Assert.Contains(found, Fault(ErrorKind.Data, Write("hostile", Npy(header, length))), StringComparison.Ordinal);

    [Fact]
    public void Files_that_are_no_arrays_are_refused_with_what_they_begin_with()
    {
        var page = Write("page", "<html>404</html>"u8.ToArray());
        Assert.Equal(
            $"{page} begins with 3c68746d6c3e, expected 934e554d5059 (an array that numpy.save has written). Correct "
            + $"or replace the file.",
            Fault(ErrorKind.Data, page));
        var cut = Write("cut", [0x93, .. "NUM"u8]);
        Assert.Contains("ends at offset 4, expected the .npy format's magic number and version, 4 bytes more",
            Fault(ErrorKind.Data, cut), StringComparison.Ordinal);
        var later = Write("later", [0x93, .. "NUMPY"u8, 9, 0, 0, 0]);
        Assert.Contains("is of version 9.0 of .npy, expected 1.0, 2.0 or 3.0", Fault(ErrorKind.Data, later),
            StringComparison.Ordinal);
        var bomb = Write("bomb", [0x93, .. "NUMPY"u8, 2, 0, 0xff, 0xff, 0xff, 0xff]);
        Assert.Contains("says at offset 8 that its header has 4294967295 bytes, expected at most 10000",
            Fault(ErrorKind.Data, bomb), StringComparison.Ordinal);
        Assert.StartsWith($"'{folder.At("none")}' cannot be read: ", Fault(ErrorKind.Data, folder.At("none")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_classes_must_be_stated()
    {
        var error = Assert.Throws<TrainerException>(() => RecipeLoader.FromText<DataAlone>(
            """{ "data": { "type": "npy", "train": "a", "trainLabels": "b", "test": "c", "testLabels": "d" } }""",
            "recipe", BuiltInComponents.Registry()));
        Assert.Contains("data.classes: missing", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A file of version 1.0 whose header is padded to 128 bytes where it fits.</summary>
    internal static byte[] Npy(string header, int length, byte[]? values = null)
    {
        var text = $"{{{header}}}".PadRight(117) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, (byte)(text.Length >> 8),
            .. System.Text.Encoding.Latin1.GetBytes(text), .. values ?? new byte[length]];
    }

    private static int Product(string shape) => shape.Split(", ").Select(int.Parse).Aggregate((a, b) => a * b);

    private string Write(string name, byte[] content)
    {
        File.WriteAllBytes(folder.At(name), content);
        return folder.At(name);
    }

    private static Engine.Data.DataSplits Read(
        string images, string? labels = null, ArrayLayout? layout = null, int classes = 3, double memory = 1) =>
        new NpyDataSet
        {
            Train = "none",
            TrainLabels = "none",
            Test = images,
            TestLabels = labels ?? ArrayFixtures.At("labels-int64.npy"),
            Classes = classes,
            Layout = layout,
            Stream = new() { MemoryGB = memory },
        }.LoadTest([]);

    private static string Fault(
        ErrorKind kind, string images, string? labels = null, ArrayLayout? layout = null, int classes = 3)
    {
        var error = Assert.Throws<TrainerException>(() => Read(images, labels, layout, classes));
        Assert.Equal(kind, error.Kind);
        return error.Message;
    }
}
