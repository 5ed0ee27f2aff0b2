using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Tensors;

/// <summary>The cases of make_tensor_fixtures.py, under the same names.</summary>
internal static class TensorCases
{
    private static readonly Dictionary<string, Func<Func<string, Tensor>, object>> cases =
        ArithmeticCases.All.Concat(ReductionCases.All).Concat(ShapeCases.All).Concat(IndexingCases.All).Concat(AlgebraCases.All)
            .ToDictionary(pair => pair.Key, pair => pair.Value);

    public static IEnumerable<string> Names => cases.Keys;

    public static IReadOnlyList<Tensor> Run(string name, Dictionary<string, Tensor> inputs) => cases[name](key => inputs[key]) switch
    {
        Tensor single => [single],
        Tensor[] several => several,
        (Tensor first, Tensor second) => [first, second],
        (Tensor first, Tensor second, Tensor third) => [first, second, third],
        var other => throw new NotSupportedException($"{name} gives {other.GetType()}"),
    };
}
