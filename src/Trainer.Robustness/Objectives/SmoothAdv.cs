using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// SmoothAdv (Salman et al. 2019, arXiv:1906.04584): the cross-entropy of each of M noisy copies of adversarial images,
/// which an attack on the mean softmax over the copies finds; attack and loss have the same noise. The public code
/// makes M updates of N / M images each of a batch of N; here a batch is one update, so that theirs is
/// <c>batchSize</c> N / M. It moves an image without a gradient in a random direction, where this attack leaves it; it
/// brings images to the box before the ball, here after; and its ε is warmed up by epochs, here by steps.
/// </summary>
[Component("smoothadv")]
public sealed record SmoothAdv : IObjective
{
    /// <summary>σ: the standard deviation of the noise, in image units.</summary>
    [Positive] public required double Sigma { get; init => field = Require.Positive(value); }

    /// <summary>M: the noisy copies of each image in a step.</summary>
    [AtLeast(1)] public int Draws { get; init => field = Require.AtLeast(1, value); } = 4;

    /// <summary>
    /// The inner maximisation; the public code's is PGD in L2 from the image itself, with a step of 2 ε over the number
    /// of steps. Attacks without gradients would not see the noise.
    /// </summary>
    public required IAttack Attack
    {
        get;
        init => field = value.NeedsGradients ? value : throw new ArgumentException(
            $"Found {value.Name}, which uses no gradients, expected an attack by the gradient of the mean softmax, "
            + "such as pgd.", nameof(Attack));
    }

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => Attack.Bound(threat);

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var loss = batch.Targets.Loss(Attack.Loss ?? AttackLossKind.CrossEntropy, batch.AttackNetwork.Classes);
        return batch.Maximised(Attack, new MeanPredictionLoss(loss, NoisyCopies.Of(batch, Sigma, Draws).Noise))
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        ArgumentNullException.ThrowIfNull(adversarial);
        var copies = NoisyCopies.Of(batch, Sigma, Draws);
        var logits = batch.Network.Logits(null, copies.Of(adversarial), Normalise.Separate).Adversarial!;
        return new(
            copies.CrossEntropy(logits, batch.Targets).mean(), Adversarial: copies.Predictions(logits, batch.Labels));
    }
}
