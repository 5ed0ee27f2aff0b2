using Trainer.Engine.Data;
using Trainer.Engine.Data.Augmentation;
using Trainer.Robustness.Components;

namespace Trainer.Tests.Training;

/// <summary>
/// Images of stripes whose direction is their class, with noise: learnt in a few steps, and made in no time.
/// </summary>
[Component("synthetic")]
public sealed record SyntheticImages : IDataSource
{
    public int Count { get; init; } = 96;

    public IReadOnlyList<IAugmentation> Augment { get; init; } = [];

    public int Validation { get; init; } = 24;

    public DataSplits Load(IReadOnlyList<string> roots) =>
        new(Make(Count, 1), Make(Validation, 2), Make(40, 3), $"synthetic-{Count}");

    private static ImageData Make(int count, int seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var labels = arange(count, ScalarType.Int64) % 2;
        var ramp = arange(8, ScalarType.Float32) % 2 * 160;
        var stripes = where(
            labels.reshape(count, 1, 1, 1).eq(0), ramp.reshape(1, 1, 8, 1).expand(count, 1, 8, 8),
            ramp.reshape(1, 1, 1, 8).expand(count, 1, 8, 8));
        var noise = rand([count, 1, 8, 8], generator: generator) * 90;
        return new((stripes + noise).to(ScalarType.Byte).DetachFromDisposeScope(), labels.DetachFromDisposeScope(),
            ["rows", "columns"]);
    }
}
