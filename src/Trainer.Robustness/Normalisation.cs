using System.Globalization;
using Trainer.Robustness.Components;

namespace Trainer.Robustness;

/// <summary>The normalisation (x − mean) / deviation that a network expects, per channel.</summary>
public sealed record Normalisation : ICrossChecked
{
    /// <summary>One value a channel, in image units: from 0 to 1.</summary>
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>One value a channel, in image units: above zero, and at most 1.</summary>
    public required IReadOnlyList<double> Deviation { get; init; }

    /// <inheritdoc/>
    public IEnumerable<RecipeConflict> Conflicts()
    {
        if (Deviation.Count != Mean.Count || !Deviation.All(value => value > 0))
            yield return new("deviation",
                $"found {List(Deviation)}, expected {Mean.Count} values above 0, one for each mean");
        if (!Mean.All(value => value is >= 0 and <= 1))
            yield return new("mean", $"found {List(Mean)}, but pixels are in [0, 1]; expected values from 0 to 1, "
                + "those of pixels from 0 to 255 divided by 255");
        if (Deviation.Any(value => value > 1))
            yield return new("deviation", $"found {List(Deviation)}, but pixels are in [0, 1]; expected values up "
                + "to 1, those of pixels from 0 to 255 divided by 255");
    }

    private static string List(IEnumerable<double> values) =>
        $"[{string.Join(", ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)))}]";

    /// <summary>Some of the values as float32 [1, C, 1, 1] on a device.</summary>
    internal static Tensor Tensor(IReadOnlyList<double> values, Device device) =>
        tensor(values.Select(value => (float)value).ToArray(), device: device).reshape(1, values.Count, 1, 1)
        .DetachFromDisposeScope();
}
