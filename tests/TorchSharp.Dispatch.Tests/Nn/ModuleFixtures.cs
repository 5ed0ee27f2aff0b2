using System.Text.Json;
using Xunit;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Nn;

/// <summary>What PyTorch computed: Fixtures/modules.json, written by make_module_fixtures.py.</summary>
internal static class ModuleFixtures
{
    private static readonly JsonElement root = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Nn", "Fixtures", "modules.json"))).RootElement;

    public static TheoryData<string> Names(string heading) =>
        [.. root.GetProperty(heading).EnumerateArray().Select(entry => entry.GetProperty("name").GetString()!)];

    public static JsonElement Find(string heading, string name) =>
        root.GetProperty(heading).EnumerateArray().Single(entry => entry.GetProperty("name").GetString() == name);

    public static Tensor Read(JsonElement entry)
    {
        long[] shape = [.. entry.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        var data = entry.GetProperty("data").EnumerateArray();
        return entry.GetProperty("dtype").GetString() switch
        {
            "int64" => tensor(data.Select(value => value.GetInt64()).ToArray(), shape),
            "float32" => tensor(data.Select(value => value.GetSingle()).ToArray(), shape),
            "bfloat16" => tensor(data.Select(value => value.GetSingle()).ToArray(), shape, dtype: ScalarType.BFloat16),
            var other => throw new NotSupportedException($"dtype {other}"),
        };
    }

    public static Tensor[] ReadList(JsonElement list) => [.. list.EnumerateArray().Select(Read)];

    /// <summary>Inputs that take gradients where they are floating point.</summary>
    public static Tensor[] Inputs(JsonElement entry)
    {
        var inputs = ReadList(entry.GetProperty("inputs"));
        foreach (var input in inputs) input.requires_grad = input.dtype != ScalarType.Int64;
        return inputs;
    }

    public static void AssertClose(JsonElement expected, Tensor? actual, string what, double tolerance = 1e-5)
    {
        using var wanted = Read(expected);
        Assert.True(actual is not null, $"{what} is missing");
        Assert.Equal(wanted.shape, actual.shape);
        Assert.Equal(wanted.dtype, actual.dtype);
        // Sums of bfloat16 round differently with the number of threads.
        if (wanted.dtype == ScalarType.BFloat16) tolerance = 0.02;
        using var found = actual.detach().to(ScalarType.Float64);
        using var reference = wanted.to(ScalarType.Float64);
        Assert.True(allclose(found, reference, tolerance, tolerance), $"{what}: expected {Text(reference)}, found {Text(found)}");
    }

    public static string Text(Tensor values)
    {
        using var flat = values.detach().cpu().to(ScalarType.Float64).contiguous();
        return string.Join(" ", flat.data<double>().ToArray().Select(value => value.ToString("G6")));
    }
}
