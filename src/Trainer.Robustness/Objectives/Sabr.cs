using Trainer.Robustness.Attacks;
using Trainer.Robustness.Bounds;
using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// SABR (Müller et al. 2023, arXiv:2210.04871): the cross-entropy of the worst-case logits of interval arithmetic over
/// a small region near an adversarial image. In L∞ it is the box of radius λ · ε, in each pixel no more than fits into
/// the admissible values there, that is nearest to the adversarial image. In L2 and L1, which the paper has not, it is
/// the ball of radius λ · ε round the adversarial image, brought back to within (1 − λ) · ε of the clean one. Batch
/// norm uses the clean images' statistics. Departures from the public code: no clean loss during the warm-up of ε, and
/// no L1 penalty on the weights.
/// </summary>
[Component("sabr")]
public sealed record Sabr : ICertifiedObjective
{
    /// <summary>The inner maximisation.</summary>
    public required IAttack Attack { get; init; }

    /// <summary>λ: the small ball's radius over ε; 1 is IBP.</summary>
    [Between(0, 1)] public required double Lambda { get; init => field = Require.Between(0, 1, value); }

    /// <summary>The radius, and the regularisers.</summary>
    public BoundTraining Bounds { get; init; } = new();

    /// <inheritdoc/>
    public string? Caution(long epochs, double epsilonWarmupEpochs) => Bounds.Caution("sabr", epsilonWarmupEpochs);

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        ArgumentNullException.ThrowIfNull(adversarial);
        var trained = Bounds.Trained(batch.Threat);
        var (images, attacked) = (
            CertifiedPass.InDtype(batch, batch.Images), CertifiedPass.InDtype(batch, adversarial));
        var pass = CertifiedPass.Of(batch, Bounds, trained.Norm == Norm.Linf
            ? SmallBox(images, attacked, trained.Epsilon) : SmallBall(images, attacked, trained));
        return new(pass.Regularized(pass.WorstCase(pass.Bounds.Lower)), new(pass.Bounds.Clean, batch.Labels));
    }

    private InputRegion SmallBox(Tensor images, Tensor adversarial, double epsilon)
    {
        var (lower, upper) = ((images - epsilon).clamp_min(0), (images + epsilon).clamp_max(1));
        var radius = ((upper - lower) * 0.5).clamp_max(Lambda * epsilon);
        return new(Interval.Around(maximum(minimum(adversarial, upper - radius), lower + radius), radius));
    }

    private InputRegion SmallBall(Tensor images, Tensor adversarial, ThreatModel trained)
    {
        var centers = adversarial.clone();
        using (var ball = Ball.Create(trained.Scaled(1 - Lambda), images))
            ball.Project(centers);
        return new(centers, trained.Scaled(Lambda));
    }
}
