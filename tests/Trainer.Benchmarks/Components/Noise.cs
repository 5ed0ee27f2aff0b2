using Trainer.Engine.Data;
using Trainer.Robustness.Components;

namespace Trainer.Benchmarks.Components;

/// <summary>Images of noise, where only the shape matters.</summary>
/// <param name="Channels">Channels of an image.</param>
/// <param name="Side">Its height and width.</param>
/// <param name="Count">How many there are.</param>
[Component("noise")]
public sealed record Noise(int Channels, int Side, int Count = 2000) : IDataSource
{
    /// <inheritdoc/>
    public DataSplits Load(IReadOnlyList<string> roots) => new(Part(Count), Part(0), Part(10), "noise");

    private ImageData Part(int count)
    {
        using var scope = NewDisposeScope();
        var images = randint(0, 256, [count, Channels, Side, Side], ScalarType.Byte);
        var labels = arange(count, ScalarType.Int64).remainder(10);
        return new(images.DetachFromDisposeScope(), labels.DetachFromDisposeScope(), [.. Enumerable.Range(0, 10).Select(number => $"class {number}")]);
    }
}
