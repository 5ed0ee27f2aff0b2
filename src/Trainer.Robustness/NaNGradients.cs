namespace Trainer.Robustness;

/// <summary>
/// Counts images whose gradient was NaN, without waiting for the device at each pass: an attack by the gradient's sign
/// does not move there. Of the passes of one thread (<see cref="Classifier.Watched"/>).
/// </summary>
public sealed class NaNGradients : IDisposable
{
    private Tensor? most;

    /// <summary>The most images of one backward pass. Waits for the device.</summary>
    public long Count => most?.item<long>() ?? 0;

    /// <inheritdoc/>
    public void Dispose() => most?.Dispose();

    /// <summary>Counts those of a backward pass.</summary>
    /// <param name="gradient">Float [N, C, H, W].</param>
    internal void Add(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var before = most;
        var found = gradient.flatten(1).isnan().any(1).sum();
        most = (before is null ? found : maximum(found, before)).DetachFromDisposeScope();
    }
}
