namespace Trainer.Engine.Data;

/// <summary>A batch on the device.</summary>
/// <param name="Images">Float32 [B, C, H, W] in [0, 1].</param>
/// <param name="Labels">Int64 [B].</param>
/// <param name="Smoothing">
/// Float32 [B] in [0, 1]: the part of a row's label that is spread evenly over all classes; null where the recipe has
/// one for all.
/// </param>
/// <param name="Rows">Int64 [B]: their places among the training images; null where some are others.</param>
public sealed record LabelledImages(
    Tensor Images, Tensor Labels, Tensor? Smoothing = null, Tensor? Rows = null);
