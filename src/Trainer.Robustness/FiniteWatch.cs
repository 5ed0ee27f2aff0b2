namespace Trainer.Robustness;

/// <summary>Remembers on the device whether a value was not finite, so that only <see cref="SawNonFinite"/> waits for it.</summary>
internal sealed class FiniteWatch(Device device) : IDisposable
{
    private readonly Tensor seen = zeros([], ScalarType.Bool, device).DetachFromDisposeScope();

    /// <summary>Whether any value was not finite.</summary>
    public bool SawNonFinite => seen.item<bool>();

    /// <summary>Takes note of some values.</summary>
    /// <param name="others">Bool, of any shape: true where a value is not finite.</param>
    public void Note(Tensor others)
    {
        using var scope = NewDisposeScope();
        seen.logical_or_(others.any().to(seen.device));
    }

    /// <inheritdoc/>
    public void Dispose() => seen.Dispose();
}
