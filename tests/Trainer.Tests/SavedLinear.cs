using Trainer.Engine.Storage.Safetensors;
using Trainer.Engine.Weights;

namespace Trainer.Tests;

/// <summary>A file of the weights of a <see cref="TinyNetwork"/>.</summary>
internal static class SavedLinear
{
    public static WeightsSource Write(string path, Tensor weight, Tensor bias)
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(
            path, [("linear.weight", weight.to(ScalarType.Float32)), ("linear.bias", bias.to(ScalarType.Float32))],
            new Dictionary<string, string>());
        return new(path, null);
    }
}
