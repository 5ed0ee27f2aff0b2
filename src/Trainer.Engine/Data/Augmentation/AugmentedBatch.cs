namespace Trainer.Engine.Data.Augmentation;

/// <summary>Training images on their way through augmentations.</summary>
/// <param name="Images">Float32 [N, C, H, W] in [0, 1].</param>
/// <param name="Labels">Int64 [N]: each image's class, the one of the largest share where it has several.</param>
/// <param name="Classes">The number of classes K.</param>
/// <param name="Shares">
/// Float32 [N, K], each row summing to 1: how much of each class an image is; null where each is of one class.
/// </param>
public sealed record AugmentedBatch(Tensor Images, Tensor Labels, int Classes, Tensor? Shares = null)
{
    /// <summary>The shares, also where each image is of one class.</summary>
    /// <returns>Float32 [N, K].</returns>
    public Tensor AllShares =>
        Shares ?? zeros(Labels.shape[0], Classes, ScalarType.Float32, Labels.device)
        .scatter_(1, Labels.unsqueeze(1), ones(Labels.shape[0], 1, ScalarType.Float32, Labels.device));

    /// <summary>The rows that images are mixed with: each the one before, for rows come in random order.</summary>
    /// <param name="rows">[N, …].</param>
    internal static Tensor Partners(Tensor rows) => rows.roll(1, 0);

    /// <summary>The batch once each image has been mixed with its partner.</summary>
    /// <param name="images">Float32 [N, C, H, W].</param>
    /// <param name="own">Float32 [N]: the share that each image has kept.</param>
    internal AugmentedBatch Mixed(Tensor images, Tensor own)
    {
        var kept = own.unsqueeze(1);
        var shares = kept * AllShares + (1 - kept) * Partners(AllShares);
        return this with { Images = images, Labels = shares.argmax(1), Shares = shares };
    }

    /// <summary>Hands what an augmentation made to its caller's scope.</summary>
    internal static AugmentedBatch MoveToOuterScope(AugmentedBatch made) => made with
    {
        Images = made.Images.MoveToOuterDisposeScope(),
        Labels = made.Labels.MoveToOuterDisposeScope(),
        Shares = made.Shares?.MoveToOuterDisposeScope(),
    };
}
