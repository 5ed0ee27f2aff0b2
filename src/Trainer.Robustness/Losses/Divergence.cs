namespace Trainer.Robustness.Losses;

/// <summary>The Kullback-Leibler divergence of class probabilities.</summary>
internal static class Divergence
{
    /// <summary>
    /// KL(p ‖ q) of each row, with gradients to both. From logarithms, whose gradient is finite where p vanishes.
    /// </summary>
    /// <param name="logP">Float32 [N, K].</param>
    /// <param name="logQ">Float32 [N, K].</param>
    /// <returns>Float32 [N].</returns>
    public static Tensor PerRow(Tensor logP, Tensor logQ)
    {
        using var scope = NewDisposeScope();
        return (logP.exp() * (logP - logQ)).sum(1).MoveToOuterDisposeScope();
    }
}
