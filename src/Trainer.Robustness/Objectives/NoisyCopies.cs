using Trainer.Robustness.Losses;

namespace Trainer.Robustness.Objectives;

/// <summary>Copies of a batch's images with noise, as training for a smoothed network makes them.</summary>
/// <param name="Noise">
/// Float32 [M, N, C, H, W], the same whenever it is drawn for the same rows of a step: attack and loss share it.
/// </param>
internal sealed record NoisyCopies(Tensor Noise)
{
    // Apart from the random numbers of the attack, whose fields are small: "noise" in ASCII.
    private const long Field = 0x6E6F697365;

    /// <summary>M.</summary>
    public long Draws => Noise.shape[0];

    /// <summary>Draws N(0, σ²) for each value of each image of a batch.</summary>
    /// <param name="batch">The batch, or a part of it.</param>
    /// <param name="sigma">σ.</param>
    /// <param name="draws">M.</param>
    public static NoisyCopies Of(TrainingBatch batch, double sigma, int draws)
    {
        var random = batch.Random.With(Field);
        return new(stack([.. Enumerable.Range(0, draws).Select(draw => random.With(draw).Normal(batch.Images))])
            .mul_(sigma));
    }

    /// <summary>The copies of some images, which are not clamped to the box.</summary>
    /// <param name="images">Float32 [N, C, H, W].</param>
    /// <returns>Float32 [M · N, C, H, W]: all images with the first noise, then all with the second, …</returns>
    public Tensor Of(Tensor images) => (images.unsqueeze(0) + Noise).flatten(0, 1);

    /// <summary>The mean cross-entropy of the copies of each row.</summary>
    /// <param name="logits">Float32 [M · N, K].</param>
    /// <param name="targets">Of N rows.</param>
    /// <returns>Float32 [N].</returns>
    public Tensor CrossEntropy(Tensor logits, Targets targets) =>
        stack([.. logits.chunk(Draws).Select(targets.CrossEntropy)]).mean([0]);

    /// <summary>The mean prediction, which the accuracy that is logged is of.</summary>
    /// <param name="logits">Float32 [M · N, K].</param>
    /// <param name="labels">Int64 [N].</param>
    public Predictions Predictions(Tensor logits, Tensor labels)
    {
        using var noGrad = no_grad();
        return new(MeanPrediction.Of(logits.detach(), Draws), labels);
    }
}
