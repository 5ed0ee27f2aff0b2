using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// Single-step training with gradient alignment (GradAlign, Andriushchenko and Flammarion 2020, arXiv:2007.02617): the
/// mean cross-entropy of images one step from the clean ones, plus λ · (1 − cos(∇ℓ(x), ∇ℓ(x + η))), with η uniform in
/// the ball and not clamped to the box. As in the public code, the gradient of the penalty goes through ∇ℓ(x + η)
/// alone, by a second differentiation. A row with a zero gradient adds nothing; the public code leaves it out of the
/// mean. The public code takes ∇ℓ(x) from the attack, in training mode, and with a random start that is the gradient at
/// the start; here it has a pass of its own, at the image. Batch norm: the passes are of clean, adversarial and noisy
/// images, as in the public code, whose step from the image is that of <c>batchNorm.attack</c> "batch"; the default is
/// "eval", as in all objectives.
/// </summary>
[Component("gradalign")]
public sealed record GradAlign : IObjective
{
    // Apart from the random numbers of the attack, whose fields are small: "align" in ASCII.
    private const long Field = 0x616C69676E;

    // Keeps a gradient of zeros at zero when it is scaled.
    private const double Tiny = 1e-30;

    /// <summary>
    /// λ: what the misalignment weighs; the paper's for CIFAR-10 grows from 0.063 at ε 4/255 over 0.2 at 8/255 to 2 at
    /// 16/255.
    /// </summary>
    [AtLeast(0)] public double Lambda { get; init => field = Require.AtLeast(0, value); } = 0.2;

    /// <summary>The step's length over ε; the paper's is 1, from the image.</summary>
    [Positive] public double StepFactor { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Starts uniformly in the ball, as <c>fgsm-rs</c> does; otherwise at the image.</summary>
    public bool RandomStart { get; init; }

    /// <summary>Clean images among the adversarial ones; by default none.</summary>
    public Mix Mix { get; init; } = new();

    /// <inheritdoc/>
    public bool DifferentiatesTwice => true;

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => threat.Epsilon;

    /// <inheritdoc/>
    public long CleanRows(long rows) => Mix.CleanRows(rows);

    /// <inheritdoc/>
    public double LossWeight(long clean, long attacked) => Mix.LossWeight(clean, attacked);

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch) => batch.Attack(new Pgd
    {
        Steps = 1,
        StepSize = StepFactor * batch.Threat.FullEpsilon(),
        RandomStart = RandomStart,
    });

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        if (adversarial is null)
            return Mix.CrossEntropy(batch, adversarial);
        // Before the adversarial images: running statistics depend on the order.
        var count = adversarial.shape[0];
        var clean = CleanGradient(batch.Part(batch.Images.shape[0] - count, count));
        return Mix.CrossEntropy(batch, adversarial, attacked => Lambda * Misalignment(attacked, clean));
    }

    private static Tensor CleanGradient(TrainingBatch batch)
    {
        using var scope = NewDisposeScope();
        return Scaled(ImageGradient.At(batch, batch.Images)).MoveToOuterDisposeScope();
    }

    /// <summary>1 − cos of each row [N].</summary>
    private static Tensor Misalignment(TrainingBatch batch, Tensor clean)
    {
        using var scope = NewDisposeScope();
        using var ball = Ball.Create(batch.Threat, batch.Images);
        var noisy = Scaled(ImageGradient.At(
            batch, batch.Images + ball.Noise(batch.Random.With(Field)), createGraph: true));
        var lengths = clean.square().sum(1) * noisy.square().sum(1);
        var isZero = lengths.eq(0);
        // The root of zero has no gradient.
        var cosine = (clean * noisy).sum(1) / lengths.masked_fill(isZero, 1).sqrt();
        return (1 - cosine).masked_fill(isZero, 0).MoveToOuterDisposeScope();
    }

    /// <summary>Gradients over their largest value, which changes no angle: squares of small ones underflow.</summary>
    /// <returns>Float32 [N, C · H · W].</returns>
    private static Tensor Scaled(Tensor gradient)
    {
        var rows = gradient.flatten(1);
        return rows / rows.detach().abs().amax([1], keepdim: true).clamp_(min: Tiny);
    }
}
