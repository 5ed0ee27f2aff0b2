using TorchSharp;
using Trainer.Engine;
using Trainer.Engine.Data;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;

namespace Trainer.Tests.Data;

public sealed class SafetensorsDataSetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public SafetensorsDataSetTests()
    {
        Write("train", Images(5), tensor([2L, 0, 1, 1, 0]));
        Write("test", Images(2), tensor([1L, 2]));
    }

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Images_and_labels_are_read_as_they_are()
    {
        using var data = new SafetensorsDataSet
        {
            Train = folder.At("train"),
            Test = folder.At("test"),
            ClassNames = ["x", "y", "z"],
        }.Load([]);
        TensorAssert.Same(Images(5), data.Train.Images);
        Assert.Equal([2L, 0, 1, 1, 0], data.Train.Labels.data<long>().ToArray());
        TensorAssert.Same(Images(2), data.Test.Images);
        Assert.Equal(["x", "y", "z"], data.Test.ClassNames);
    }

    [Fact]
    public void Classes_without_names_are_called_by_their_numbers()
    {
        using var data = new SafetensorsDataSet
        {
            Train = folder.At("train"),
            Test = folder.At("test"),
            Classes = 4,
            Validation = 2,
        }.Load([]);
        Assert.Equal(["0", "1", "2", "3"], data.Train.ClassNames);
        Assert.Equal((3, 2), (data.Train.Count, data.Validation.Count));
    }

    [Theory]
    [InlineData("", "recipe: data.classes: missing, expected the number of classes here or their names in classNames")]
    [InlineData(""", "classes": 1""", "data.classes: found 1, expected a whole number of at least 2")]
    [InlineData(""", "classNames": ["a"]""", "data.classNames: found 1 name, expected at least 2")]
    [InlineData(
        """, "classNames": ["a", "b", "a"]""",
        "data.classNames: found 'a' 2 times, expected another name for each class")]
    [InlineData(""", "classNames": ["a", "b"], "classes": 3""", "data.classes: found 3, but classNames has 2 names; leave one of the two out")]
    public void The_classes_are_stated_once(string classes, string fault)
    {
        var json = $$"""{ "data": { "type": "safetensors", "train": "a", "test": "b"{{classes}} } }""";
        var error = Assert.Throws<TrainerException>(() => RecipeLoader.FromText<DataAlone>(
            json, "recipe", BuiltInComponents.Registry()));
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_out_of_range_is_refused()
    {
        Write("test", Images(2), tensor([1L, 3]));
        Assert.Matches("""/test: found label 3 of image 1 at offset \d+, expected 0 to 2\. Make the file anew\.$""", Error());
    }

    [Fact]
    public void Tensors_of_another_kind_are_refused()
    {
        Write("test", Images(2).to(ScalarType.Float32), tensor([1L, 2]));
        Assert.Matches("""/test: found 'images' as Float32 \[2, 1, 3, 4\] at offset \d+, expected Byte \[N, C, H, W\]""", Error());
        Write("test", Images(2), tensor([1L, 2, 0]));
        Assert.Matches("""/test: found 'labels' as Int64 \[3\] at offset \d+, expected Int64 \[2\], one for each image""", Error());
        SafetensorsWriter.Write(folder.At("test"), [("images", Images(2))], new Dictionary<string, string>());
        Assert.EndsWith(
            "/test: found no tensor 'labels', expected 'images' (uint8 [N, C, H, W]) and 'labels' (int64 [N]). "
            + "Make the file anew.", Error(), StringComparison.Ordinal);
    }

    [Fact]
    public void Test_images_of_another_shape_are_refused()
    {
        Write("test", Images(4).reshape(2, 2, 3, 4), tensor([1L, 2]));
        Assert.Equal(
            $"{folder.At("test")} holds images of 2×3×4, but {folder.At("train")} holds images of 1×3×4. "
            + "Make them of one shape.", Error());
    }

    [Fact]
    public void A_file_that_is_missing_or_broken_is_a_fault_of_the_data()
    {
        File.WriteAllBytes(folder.At("test"), [1, 2, 3]);
        Assert.Contains(folder.At("test"), Error(), StringComparison.Ordinal);
        File.Delete(folder.At("test"));
        Assert.StartsWith($"'{folder.At("test")}' cannot be read: ", Error(), StringComparison.Ordinal);
    }

    private static Tensor Images(int count) =>
        arange(count * 12, ScalarType.Int64).to(ScalarType.Byte).reshape(count, 1, 3, 4);

    private void Write(string name, Tensor images, Tensor labels) =>
        SafetensorsWriter.Write(
        folder.At(name), [("images", images), ("labels", labels)], new Dictionary<string, string>());

    private string Error()
    {
        var error = Assert.Throws<TrainerException>(() => new SafetensorsDataSet
        {
            Train = folder.At("train"),
            Test = folder.At("test"),
            Classes = 3,
        }.Load([]));
        Assert.Equal(ErrorKind.Data, error.Kind);
        return error.Message;
    }
}
