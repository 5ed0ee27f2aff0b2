using Trainer.Engine.Storage.Safetensors;

namespace Trainer.Tests.Safetensors;

/// <summary>Against a file written by Fixtures/safetensors/make.py, which shares no code with the engine.</summary>
public sealed class ReferenceFileTests
{
    private static readonly string Reference =
        Path.Combine(AppContext.BaseDirectory, "Fixtures", "safetensors", "every-dtype.safetensors");

    [Fact]
    public void Every_dtype_has_its_values()
    {
        using var file = SafetensorsFile.Open(Reference);

        Assert.Equal(new Dictionary<string, string> { ["format"] = "pt", ["note"] = "äöü \\ \" \n" }, file.Metadata);
        Assert.Equal(13, file.Entries.Count);
        Assert.Equal(-9007199254740993, Values<long>(file, "count", [], ScalarType.Int64).Single());
        Assert.Equal([0.1, -1e300], Values<double>(file, "double", [2], ScalarType.Float64));
        using (var empty = file.Read("empty"))
            Assert.Equal((ScalarType.Float32, "0,3"), (empty.dtype, string.Join(',', empty.shape)));
        Assert.Equal(
            [1f, -2.5f, 3.25f, 0f, 1e-38f, 65504f], Values<float>(file, "layer.0.weight", [2, 3], ScalarType.Float32));
        Assert.Equal([7f], Values<float>(file, "layer.10.bias", [1], ScalarType.Float32));
        Assert.Equal([-1, 0, int.MaxValue], Values<int>(file, "steps", [3], ScalarType.Int32));
        Assert.Equal([short.MinValue], Values<short>(file, "short", [1], ScalarType.Int16));
        Assert.Equal([sbyte.MinValue, sbyte.MaxValue], Values<sbyte>(file, "signed", [2], ScalarType.Int8));
        Assert.Equal([0, 128, 255], Values<byte>(file, "bytes", [3], ScalarType.Byte));
        Assert.Equal([true, false, false, true], Values<bool>(file, "größe \"1\"", [2, 2], ScalarType.Bool));
        Assert.Equal([1f, -3f], Floats(file, "brain", ScalarType.BFloat16));
        Assert.Equal([1f, -1.5f], Floats(file, "half", ScalarType.Float16));
        using var complex = file.Read("complex");
        Assert.Equal(ScalarType.ComplexFloat32, complex.dtype);
        Assert.Equal([0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0], complex.bytes.ToArray());
    }

    [Fact]
    public void Writing_its_tensors_in_any_order_gives_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(Reference);
        var tensors = file.Entries.Select(entry => (entry.Name, file.Read(entry.Name))).ToArray();
        new System.Random(1).Shuffle(tensors);

        SafetensorsWriter.Write(folder.At("again.safetensors"), tensors, file.Metadata);

        Assert.Equal(File.ReadAllBytes(Reference), File.ReadAllBytes(folder.At("again.safetensors")));
    }

    [Fact]
    public void A_name_that_is_not_there_is_refused_with_some_that_are()
    {
        using var file = SafetensorsFile.Open(Reference);
        var exception = Assert.Throws<SafetensorsException>(() => file.Read("layer.1.weight"));
        Assert.Equal(SafetensorsError.NoSuchTensor, exception.Error);
        Assert.Contains("layer.0.weight", exception.Message, StringComparison.Ordinal);
    }

    private static T[] Values<T>(SafetensorsFile file, string name, long[] shape, ScalarType dtype) where T : unmanaged
    {
        using var tensor = file.Read(name);
        Assert.Equal(dtype, tensor.dtype);
        Assert.Equal(shape, tensor.shape);
        return tensor.data<T>().ToArray();
    }

    private static float[] Floats(SafetensorsFile file, string name, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var tensor = file.Read(name);
        Assert.Equal(dtype, tensor.dtype);
        return tensor.to(ScalarType.Float32).data<float>().ToArray();
    }
}
