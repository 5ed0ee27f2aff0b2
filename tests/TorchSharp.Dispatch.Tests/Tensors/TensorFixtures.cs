using System.Text.Json;
using Xunit;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Tensors;

/// <summary>What PyTorch computed: Fixtures/tensors.json, written by make_tensor_fixtures.py.</summary>
internal static class TensorFixtures
{
    private static readonly JsonElement root = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Tensors", "Fixtures", "tensors.json"))).RootElement;

    public static TheoryData<string> Names(string heading) =>
        [.. root.GetProperty(heading).EnumerateArray().Select(entry => entry.GetProperty("name").GetString()!)];

    public static JsonElement Find(string heading, string name) =>
        root.GetProperty(heading).EnumerateArray().Single(entry => entry.GetProperty("name").GetString() == name);

    /// <summary>The inputs of a case, which take gradients where they are floating point.</summary>
    public static Dictionary<string, Tensor> Inputs(JsonElement entry) =>
        entry.GetProperty("inputs").EnumerateArray().Select(key => key.GetString()!).ToDictionary(key => key, key =>
        {
            var input = Read(root.GetProperty("inputs").GetProperty(key));
            return input.requires_grad_(input.is_floating_point());
        });

    /// <summary>Holds the results and, where PyTorch has them, the gradients of their weighted sum against the case.</summary>
    public static void Verify(JsonElement entry, Dictionary<string, Tensor> inputs, IReadOnlyList<Tensor> outputs)
    {
        var expected = entry.GetProperty("outputs");
        Assert.Equal(expected.GetArrayLength(), outputs.Count);
        for (var i = 0; i < outputs.Count; i++)
            AssertClose(expected[i], outputs[i], $"output {i}");
        if (!entry.TryGetProperty("gradients", out var gradients)) return;
        var sums = outputs.Where(output => output.requires_grad).Select(output => (output * Weights(output)).sum().@double());
        sums.Aggregate((left, right) => left + right).backward();
        foreach (var gradient in gradients.EnumerateObject())
            AssertClose(gradient.Value, inputs[gradient.Name].grad, $"gradient of {gradient.Name}");
    }

    public static void AssertClose(JsonElement expected, Tensor? actual, string what)
    {
        var wanted = Read(expected);
        Assert.True(actual is not null, $"{what} is missing");
        Assert.Equal(wanted.shape, actual.shape);
        Assert.Equal(wanted.dtype, actual.dtype);
        // Made by the same libtorch or a newer one: rounding in the last places only.
        var tolerance = actual.dtype is ScalarType.BFloat16 or ScalarType.Float16 ? 1e-2 : 2e-5;
        var close = allclose(actual.detach().@double(), wanted.@double(), tolerance, tolerance, equal_nan: true);
        Assert.True(close, $"{what}: expected {wanted.ToString(true)}, found {actual.ToString(true)}");
    }

    private static Tensor Weights(Tensor output) =>
        linspace(0.2, 1.7, output.NumberOfElements, ScalarType.Float64).reshape(output.shape).to(output.dtype);

    private static Tensor Read(JsonElement entry)
    {
        long[] shape = [.. entry.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        var data = entry.GetProperty("data").EnumerateArray();
        return entry.GetProperty("dtype").GetString() switch
        {
            "bool" => tensor(data.Select(value => value.GetBoolean()).ToArray(), shape),
            "uint8" => tensor(data.Select(value => value.GetByte()).ToArray(), shape),
            "int32" => tensor(data.Select(value => value.GetInt32()).ToArray(), shape),
            "int64" => tensor(data.Select(value => value.GetInt64()).ToArray(), shape),
            "float16" => tensor(Numbers(data), shape, ScalarType.Float16),
            "bfloat16" => tensor(Numbers(data), shape, ScalarType.BFloat16),
            "float32" => tensor(Numbers(data), shape, ScalarType.Float32),
            "float64" => tensor(Numbers(data), shape),
            var other => throw new NotSupportedException($"dtype {other}"),
        };
    }

    private static double[] Numbers(JsonElement.ArrayEnumerator data) =>
        [.. data.Select(value => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : Extreme(value.GetString()))];

    private static double Extreme(string? text) => text switch
    {
        "nan" => double.NaN,
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        _ => throw new FormatException($"{text} is no number"),
    };
}
