using System.Text.Json;
using Parquet;
using Parquet.Schema;
using TorchSharp;
using Trainer.Engine.Data;
using Trainer.Engine.Data.Encoded;
using Trainer.Recipes;

namespace Trainer.Tests.Data.Encoded;

/// <summary>
/// The files of Fixtures/fashion are of Apache's own writer; those with a single fault are of Parquet.Net.
/// </summary>
public sealed class ParquetDataSetTests : IDisposable
{
    private static readonly byte[] Picture = File.ReadAllBytes(PillowImages.At("rgb.png"));
    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Apache_s_files_with_several_row_groups_and_codecs_are_read_with_their_class_names()
    {
        using var own = new FashionMnist { Path = FashionFormats.Folder, Validation = 0 }.Load([]);
        using var data = Fashion.Load([]);
        TensorAssert.Same(own.Train.Images, data.Train.Images);
        TensorAssert.Same(own.Test.Images, data.Test.Images);
        Assert.Equal(own.Train.Labels.data<long>().ToArray(), data.Train.Labels.data<long>().ToArray());
        Assert.Equal(own.Fingerprint, data.Fingerprint);
        Assert.Equal((10, "T - shirt / top", "Ankle boot"),
            (data.Train.Classes, data.Train.ClassNames[0], data.Test.ClassNames[9]));
    }

    [Fact]
    public void A_pattern_reads_its_files_in_the_order_of_their_names()
    {
        Write("a-1.parquet", [Picture], [1]);
        Write("a-0.parquet", [Picture, Picture], [0, 2]);
        Write("b.parquet", [Picture], [2]);
        using var data = (Source with { Test = folder.At("a-*.parquet") }).LoadTest([]);
        Assert.Equal([0L, 2, 1], data.Test.Labels.data<long>().ToArray());
        Assert.Equal(["0", "1", "2"], data.Test.ClassNames);
        Assert.Equal(
            $"{folder.Path} holds no file c-*.parquet. Correct the pattern in data.",
            Fault(ErrorKind.Data, Source with { Test = folder.At("c-*.parquet") }));
    }

    [Fact]
    public void Images_are_resized_and_cropped()
    {
        Write("test.parquet", [Picture], [1]);
        using var data = (Source with { Resize = 10, Crop = 9 }).LoadTest([]);
        var expected = PillowImages.Planes(
            new(PillowImages.Expected("rgb.png", "resizedMiddle"), 9, 9, 3));
        TensorAssert.Same(tensor(expected).reshape(1, 3, 9, 9), data.Test.Images);
    }

    [Fact]
    public void A_damaged_image_a_wrong_label_and_a_missing_value_are_named_by_their_row()
    {
        Write("test.parquet", [Picture, [1, 2, 3]], [1, 1]);
        Assert.Equal(
            $"{folder.At("test.parquet")}, row 1, begins with 010203, expected PNG (89504e470d0a1a0a) or "
            + "JPEG (ffd8ff…). Correct or replace the file.", Fault(ErrorKind.Data));
        Write("test.parquet", [Picture, Picture], [1, 3]);
        Assert.Equal(
            $"{folder.At("test.parquet")}, row 1, has the label 3, expected 0 to 2. Correct or replace the file.",
            Fault(ErrorKind.Data));
        Write("test.parquet", [Picture, null, Picture], [1, 1, 1]);
        Assert.Equal(
            $"{folder.At("test.parquet")} holds no value in column 'image' of row 1, expected one in each row. "
            + $"Correct or replace the file.", Fault(ErrorKind.Data));
        Write("test.parquet", [Picture, Picture], [null, 1]);
        Assert.Contains("holds no value in column 'label' of row 0", Fault(ErrorKind.Data), StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_that_is_missing_is_a_fault_of_the_recipe_with_the_columns_that_there_are()
    {
        Write("test.parquet", [Picture], [1]);
        Assert.Equal(
            "data.imageColumn is 'img', but no such column holds encoded images, as binary or as a struct with bytes. "
            + "The columns are image (binary), label (Int64).",
            Fault(ErrorKind.Recipe, Source with { ImageColumn = "img" }));
        Assert.StartsWith(
            "data.labelColumn is 'image', but no such column holds integers.",
            Fault(ErrorKind.Recipe, Source with { LabelColumn = "image" }), StringComparison.Ordinal);
    }

    [Fact]
    public void Classes_come_from_the_file_or_the_recipe_and_must_agree()
    {
        Write("test.parquet", [Picture], [1]);
        Assert.Equal(
            $"{folder.At("test.parquet")} has no names of classes (key 'huggingface' of its metadata). State "
            + "data.classNames, or their number as data.classes.",
            Fault(ErrorKind.Data, Source with { Classes = null }));
        Assert.Contains(
            "names the classes T - shirt / top, Trouser",
            Fault(ErrorKind.Data, Fashion with { ClassNames = ["a", "b"] }), StringComparison.Ordinal);
        Assert.Contains(
            "expected 0, 1, 2 as in the recipe", Fault(ErrorKind.Data, Fashion with { Classes = 3 }),
            StringComparison.Ordinal);
        using var counted = (Fashion with { Classes = 10 }).LoadTest([]);
        Assert.Equal("Trouser", counted.Test.ClassNames[1]);
    }

    [Fact]
    public void Training_and_test_files_must_name_the_classes_in_the_same_order()
    {
        Write("train.parquet", [Picture], [1], ["cat", "dog", "owl"]);
        Write("test.parquet", [Picture], [1], ["dog", "cat", "owl"]);
        var named = Source with { Train = folder.At("train.parquet"), Classes = null };
        const string Found = "found 'dog' as class 0, expected 'cat'";
        Assert.Contains(Found, Fault(ErrorKind.Data, named), StringComparison.Ordinal);
        Assert.Contains(Found, Assert.Throws<TrainerException>(() => named.Load([])).Message, StringComparison.Ordinal);
        // Numbers are no names.
        Write("test.parquet", [Picture], [1]);
        using var counted = (named with { Classes = 3 }).Load([]);
        Assert.Equal(("cat", "0"), (counted.Train.ClassNames[0], counted.Test.ClassNames[0]));
    }

    [Theory]
    [InlineData("{", "has metadata 'huggingface' that cannot be read")]
    [InlineData("""{"info": {"features": {"label": {"names": [1]}}}}""",
        "has metadata 'huggingface' that cannot be read")]
    public void Metadata_that_are_no_JSON_of_names_are_refused(string json, string found) =>
        Assert.StartsWith(
            found, Assert.Throws<InvalidDataException>(() => ClassLabelNames.Read(json, "label")).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"info": {"features": {"fine": {"names": ["a"]}}}}""")]
    [InlineData("""{"info": {"features": {"label": {"_type": "Value"}}}}""")]
    public void Metadata_without_names_of_the_column_have_none(string json) =>
        Assert.Null(ClassLabelNames.Read(json, "label"));

    [Fact]
    public void A_file_that_is_damaged_anywhere_is_refused_or_read_and_never_ends_otherwise()
    {
        var whole = File.ReadAllBytes(FashionFormats.At("test.parquet"));
        File.WriteAllBytes(folder.At("test.parquet"), whole[..(whole.Length / 2)]);
        Assert.StartsWith(
            $"{folder.At("test.parquet")} cannot be read as Parquet (", Fault(ErrorKind.Data),
            StringComparison.Ordinal);
        var random = new System.Random(1);
        var refused = 0;
        foreach (var _ in Enumerable.Range(0, 60))
        {
            var bytes = whole.ToArray();
            // The metadata are at the end.
            bytes[^random.Next(1, 1500)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(folder.At("test.parquet"), bytes);
            try
            {
                (Fashion with { Test = folder.At("test.parquet") }).LoadTest([]).Dispose();
            }
            catch (TrainerException error) when (error.Kind is ErrorKind.Data or ErrorKind.Recipe)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 10, 60);
    }

    [Fact]
    public void A_file_that_is_missing_is_a_fault_of_the_data() =>
        Assert.StartsWith(
            $"'{folder.At("none")}' cannot be read: ", Fault(ErrorKind.Data, Source with { Test = folder.At("none") }),
            StringComparison.Ordinal);

    private static ParquetDataSet Fashion => new()
    {
        Train = FashionFormats.At("train.parquet"),
        Test = FashionFormats.At("test.parquet"),
        Grey = true,
    };

    private ParquetDataSet Source => new() { Train = "none", Test = folder.At("test.parquet"), Classes = 3 };

    private void Write(string name, byte[]?[] images, long?[] labels, string[]? classNames = null)
    {
        var (image, label) = (new DataField("image", typeof(byte[]), isNullable: true), new DataField<long?>("label"));
        using var file = File.Create(folder.At(name));
        var writer = ParquetWriter.CreateAsync(new ParquetSchema(image, label), file).GetAwaiter().GetResult();
        if (classNames is not null)
            writer.CustomMetadata = new Dictionary<string, string>
            {
                [ClassLabelNames.Key] = """{"info": {"features": {"label": {"names": """
                    + JsonSerializer.Serialize(classNames) + "}}}}",
            };
        using (var group = writer.CreateRowGroup())
        {
            group.WriteAsync(image, images).GetAwaiter().GetResult();
            group.WriteAsync<long>(label, labels.AsMemory()).GetAwaiter().GetResult();
        }
        writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private string Fault(ErrorKind kind, ParquetDataSet? source = null)
    {
        var error = Assert.Throws<TrainerException>(() => (source ?? Source).LoadTest([]));
        Assert.Equal(kind, error.Kind);
        return error.Message;
    }
}
