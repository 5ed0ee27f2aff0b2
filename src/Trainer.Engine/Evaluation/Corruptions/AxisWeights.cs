namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>Weighted sums along one axis of images.</summary>
internal static class AxisWeights
{
    /// <summary>Sums along rows: each new column is a weighted sum of the old ones.</summary>
    /// <param name="images">Float64 […, H, W].</param>
    /// <param name="weights">Float64 [W', W].</param>
    /// <returns>Float64 […, H, W'].</returns>
    public static Tensor Columns(Tensor images, Tensor weights) =>
        images.reshape(-1, images.shape[^1]).mm(weights.t()).reshape([.. images.shape[..^1], weights.shape[0]]);

    /// <summary>Sums along columns: each new row is a weighted sum of the old ones.</summary>
    /// <param name="images">Float64 […, H, W].</param>
    /// <param name="weights">Float64 [H', H].</param>
    /// <returns>Float64 […, H', W].</returns>
    public static Tensor Rows(Tensor images, Tensor weights) =>
        Columns(images.transpose(-1, -2), weights).transpose(-1, -2);
}
