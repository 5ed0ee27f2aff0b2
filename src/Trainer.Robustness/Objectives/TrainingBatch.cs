using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>One batch, and what an objective needs to compute its loss.</summary>
/// <param name="Network">The network in training.</param>
/// <param name="AttackNetwork">
/// The network that attacks go through, in the mode in which they do: the one in training, or a copy of it in half
/// precision.
/// </param>
/// <param name="Images">Float32 [N, C, H, W] in [0, 1]; its rows come in random order.</param>
/// <param name="Targets">What the rows are to be classified as.</param>
/// <param name="Threat">The admissible perturbations.</param>
/// <param name="Random">Where the randomness of this step comes from.</param>
/// <param name="State">
/// What the objective keeps from step to step: the tensors that <see cref="IObjective.State"/> named.
/// </param>
/// <param name="Epoch">The pass over the images under way, counted from 1.</param>
/// <param name="First">The position of the first row in the whole batch: above 0 in its later parts.</param>
public sealed record TrainingBatch(
    TrainingNetwork Network, Classifier AttackNetwork, Tensor Images, Targets Targets, ThreatModel Threat,
    RandomSource Random,
    IReadOnlyDictionary<string, Tensor> State, int Epoch = 1, long First = 0)
{
    /// <summary>
    /// What the loss of these rows weighs in that of the whole batch: below 1 where they are one process's share.
    /// </summary>
    public double Weight { get; init; } = 1;

    /// <summary>
    /// Adds gradients up over the processes that share the batch, in place. Null where one has all of it.
    /// </summary>
    public Action<IReadOnlyList<Tensor>>? Combine { get; init; }

    /// <summary>Int64 [N], the true classes.</summary>
    public Tensor Labels => Targets.Classes;

    /// <summary>The adversarial images that an attack finds for the batch.</summary>
    /// <param name="attack">With the loss that the recipe gives it, if it does.</param>
    /// <param name="loss">What to maximise otherwise; null for the cross-entropy.</param>
    /// <returns>Detached float32 [N, C, H, W].</returns>
    public Tensor Attack(IAttack attack, AttackLoss? loss = null)
    {
        if (attack.Loss is not null || loss is null)
            loss = Targets.Loss(attack.Loss ?? AttackLossKind.CrossEntropy, AttackNetwork.Classes);
        return Maximised(attack, loss);
    }

    /// <summary>The images at which an attack finds a loss large, or the one that the recipe gives it.</summary>
    internal Tensor Maximised(IAttack attack, AttackLoss loss) => attack.Run(AttackBatch.Unchecked(
        AttackNetwork, Images, loss, Threat, Random) with
    { StopAtSuccess = false }).Images;

    /// <summary>The mean of a number of each row over the rows of all processes, without a gradient.</summary>
    /// <param name="values">Float [N].</param>
    /// <returns>Float [].</returns>
    internal Tensor Mean(Tensor values)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var total = values.detach().sum();
        var sums = stack([total, full_like(total, values.shape[0])]);
        Combine?.Invoke([sums]);
        return (sums[0] / sums[1]).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Consecutive rows as a batch: views, with the random numbers that they would have in the whole batch.
    /// </summary>
    public TrainingBatch Part(long first, long count) => this with
    {
        Images = Images.narrow(0, first, count),
        Targets = Targets.Part(first, count),
        Random = Random.Part(first, count, Images.shape[0]),
        First = First + first,
    };
}
