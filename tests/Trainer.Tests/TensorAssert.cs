namespace Trainer.Tests;

internal static class TensorAssert
{
    /// <summary>Same shape, and every value within an absolute tolerance.</summary>
    public static void Close(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        using var scope = NewDisposeScope();
        var worst = expected.numel() == 0 ? 0 : (expected.to(ScalarType.Float64) - actual.to(ScalarType.Float64)).abs()
            .max().item<double>();
        Assert.True(worst <= tolerance, $"Differ by up to {worst}, allowed {tolerance}.\nExpected: "
            + $"{expected.flatten().cpu().to(ScalarType.Float64).data<double>().Take(16).Aggregate("", Join)}\nActual: "
            + $"  {actual.flatten().cpu().to(ScalarType.Float64).data<double>().Take(16).Aggregate("", Join)}");
    }

    /// <summary>Same shape, and every value the same.</summary>
    public static void Same(Tensor expected, Tensor actual) => Close(expected, actual, 0);

    /// <summary>Same shape, and some value another.</summary>
    public static void Different(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        using var differences = expected.ne(actual);
        Assert.True(differences.any().item<bool>(), "Every value is the same.");
    }

    private static string Join(string text, double value) => $"{text} {value}";
}
