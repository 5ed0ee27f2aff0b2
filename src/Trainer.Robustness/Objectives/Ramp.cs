using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// RAMP (Jiang and Singh 2024, arXiv:2402.06827) against two threat models, the source and the target, in this order:
/// the mean cross-entropy of the worse adversarial image of each row, plus λ · the mean KL(p_source ‖ p_target) of the
/// rows whose source image the update itself classifies correctly (logit pairing), with gradients to both sides. Each
/// of the three sets of images has a forward pass of its own, the target's first. The engine makes the gradient
/// projection: see <see cref="IObjective.GradientProjection"/>.
/// </summary>
[Component("ramp")]
public sealed record Ramp : SeveralThreats, IObjective, ICrossChecked
{
    private const int Count = 2;

    // Keeps the mean over no rows finite.
    private const double Tiny = 1e-12;

    /// <summary>
    /// λ: what logit pairing weighs; the public code's is 5 from random weights and 1.5 in fine-tuning.
    /// </summary>
    [AtLeast(0)] public double Lambda { get; init => field = Require.AtLeast(0, value); } = 5;

    /// <summary>
    /// β: what natural training weighs in gradient projection; 0 for none, as the public code has it in fine-tuning.
    /// </summary>
    [Between(0, 1)] public double Beta { get; init => field = Require.Between(0, 1, value); } = 0.5;

    /// <inheritdoc/>
    public double GradientProjection => Beta;

    /// <inheritdoc/>
    /// <remarks>The source's, the target's, and the worse of both.</remarks>
    public override int AdversarialImages => Count + 1;

    /// <inheritdoc/>
    public IEnumerable<RecipeConflict> Conflicts()
    {
        if (Threats.Count != Count)
            yield return new(
                "threats", $"found {Threats.Count}, expected two: the source, then the target of logit pairing");
    }

    /// <inheritdoc/>
    public override Tensor? PerturbUnchecked(TrainingBatch batch)
    {
        Require.Consistent(this);
        using var scope = NewDisposeScope();
        var images = AttackedByAll(batch);
        return cat([images, Worst(batch, images).unsqueeze(1)], 1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        ArgumentNullException.ThrowIfNull(adversarial);
        var (target, source, worst) = (Logits(batch, adversarial, 1), Logits(batch, adversarial, 0),
            Logits(batch, adversarial, 2));
        var right = source.argmax(1).eq(batch.Labels).to(source.dtype);
        var pairing = Divergence.PerRow(source.log_softmax(1), target.log_softmax(1)) * right
            / batch.Mean(right).clamp(min: Tiny);
        return new(
            (batch.Targets.CrossEntropy(worst) + (Lambda * pairing)).mean(), Adversarial: new(worst, batch.Labels));
    }

    private static Tensor Logits(TrainingBatch batch, Tensor adversarial, int place) =>
        batch.Network.Logits(null, adversarial.select(1, place), Normalise.Joint).Adversarial!;
}
