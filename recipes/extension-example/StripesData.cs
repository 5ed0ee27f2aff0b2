using Trainer.Engine.Data;
using Trainer.Robustness.Components;

namespace Stripes;

/// <summary>Made-up 8×8 images of horizontal or vertical stripes with noise: two classes, no download.</summary>
[Component("stripes")]
public sealed record StripesData : IDataSource
{
    private const int Size = 8;

    /// <summary>Training images.</summary>
    [AtLeast(2)] public int Count { get; init => field = Require.AtLeast(2, value); } = 512;

    /// <inheritdoc/>
    public DataSplits Load(IReadOnlyList<string> roots) =>
        new(Make(Count, seed: 1), Make(Count / 4, seed: 2), Make(Count / 4, seed: 3), $"stripes-{Count}");

    private static ImageData Make(int count, int seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var labels = arange(count, ScalarType.Int64) % 2;
        var ramp = arange(Size, ScalarType.Float32) % 2 * 120;
        var horizontal = ramp.reshape(1, 1, Size, 1).expand(count, 1, Size, Size);
        var vertical = ramp.reshape(1, 1, 1, Size).expand(count, 1, Size, Size);
        var noise = rand([count, 1, Size, Size], generator: generator) * 130;
        var images = (where(labels.reshape(count, 1, 1, 1).eq(0), horizontal, vertical) + noise).to(ScalarType.Byte);
        return new(images.DetachFromDisposeScope(), labels.DetachFromDisposeScope(), ["horizontal", "vertical"]);
    }
}
