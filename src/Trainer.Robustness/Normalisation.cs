using System.Globalization;
using Trainer.Robustness.Components;

namespace Trainer.Robustness;

/// <summary>The normalisation (x − mean) / deviation that a network expects, per channel.</summary>
public sealed record Normalisation : ICrossChecked
{
    /// <summary>One value a channel, in image units.</summary>
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>One value a channel, above zero.</summary>
    public required IReadOnlyList<double> Deviation { get; init; }

    /// <inheritdoc/>
    public IEnumerable<RecipeConflict> Conflicts()
    {
        if (Deviation.Count != Mean.Count || !Deviation.All(value => value > 0))
        {
            var found = Deviation.Select(value => value.ToString(CultureInfo.InvariantCulture));
            yield return new("deviation",
                $"found [{string.Join(", ", found)}], expected {Mean.Count} values above 0, one for each mean");
        }
    }

    /// <summary>Some of the values as float32 [1, C, 1, 1] on a device.</summary>
    internal static Tensor Tensor(IReadOnlyList<double> values, Device device) =>
        tensor(values.Select(value => (float)value).ToArray(), device: device).reshape(1, values.Count, 1, 1)
        .DetachFromDisposeScope();
}
