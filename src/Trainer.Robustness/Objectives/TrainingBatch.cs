using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>One batch, and what an objective needs to compute its loss.</summary>
/// <param name="Network">The network in training, in training mode.</param>
/// <param name="AttackNetwork">
/// The network that attacks go through: <paramref name="Network"/> itself, or a copy of it in half precision.
/// </param>
/// <param name="Images">Float32 [N, C, H, W] in [0, 1].</param>
/// <param name="Labels">Int64 [N].</param>
/// <param name="Threat">The admissible perturbations.</param>
/// <param name="Random">Where the randomness of this step comes from.</param>
public sealed record TrainingBatch(
    Classifier Network, Classifier AttackNetwork, Tensor Images, Tensor Labels, ThreatModel Threat, RandomSource Random)
{
    /// <summary>Consecutive rows as a batch: views, with the random numbers that they would have in the whole batch.</summary>
    public TrainingBatch Part(long first, long count) => this with
    {
        Images = Images.narrow(0, first, count),
        Labels = Labels.narrow(0, first, count),
        Random = Random.Part(first, count, Images.shape[0]),
    };
}
