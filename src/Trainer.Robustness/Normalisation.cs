namespace Trainer.Robustness;

/// <summary>The normalisation (x − mean) / deviation that a network expects, per channel.</summary>
/// <param name="Mean">One value a channel, in image units.</param>
/// <param name="Deviation">One value a channel, above zero.</param>
public sealed record Normalisation(IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)
{
    /// <summary>One value a channel, above zero.</summary>
    public IReadOnlyList<double> Deviation { get; init; } =
        Deviation.Count == Mean.Count && Deviation.All(value => value > 0) ? Deviation
            : throw new ArgumentException($"Found deviations [{string.Join(", ", Deviation)}], expected {Mean.Count} values above 0, one for each mean.");

    /// <summary>Some of the values as float32 [1, C, 1, 1] on a device.</summary>
    internal static Tensor Tensor(IReadOnlyList<double> values, Device device) =>
        tensor(values.Select(value => (float)value).ToArray(), device: device).reshape(1, values.Count, 1, 1).DetachFromDisposeScope();
}
