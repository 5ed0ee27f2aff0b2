namespace Trainer.Robustness.Losses;

/// <summary>The nuclear norm of a matrix: the sum of its singular values.</summary>
internal static class NuclearNorm
{
    /// <summary>With its gradient, also where singular values are zero or equal.</summary>
    /// <param name="matrix">Float32 [N, K].</param>
    /// <returns>Float32 [].</returns>
    public static Tensor Of(Tensor matrix)
    {
        using var values = linalg.svdvals(matrix);
        return values.sum();
    }
}
