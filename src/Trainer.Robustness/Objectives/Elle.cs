using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// Single-step training with local linearity of the loss (ELLE, Abad Rocamora et al. 2024, arXiv:2401.11618): the mean
/// cross-entropy of the images of the attack <c>n-fgsm</c>, by default from the image itself, plus λ · the mean of
/// (ℓ(c) − (1 − t) · ℓ(a) − t · ℓ(b))², with a and b uniform in the ball round a clean image and not clamped to the
/// box, t uniform in [0, 1) for each image, c = (1 − t) · a + t · b, and ℓ the cross-entropy that attacks maximise.
/// Departures from the public code: adversarial images are clamped to the box, and a batch is one update, where its
/// loop makes two from the same gradient. Batch norm: the passes of the loss are of the adversarial images and of a, b
/// and c together; the public code attacks in training mode, as <c>batchNorm.attack</c> "train" does where the default
/// is "eval", as in all objectives, and moves the running statistics by the clean images at last, for a metric.
/// </summary>
[Component("elle")]
public sealed record Elle : IObjective
{
    private const string Linearity = "linearity";

    // Apart from the random numbers of the attack, whose fields are small: "elle" in ASCII.
    private const long Field = 0x656C6C65;

    // What has to be known before an error counts as large.
    private const int LeastErrors = 2;

    /// <summary>λ: what the error weighs, or may weigh; the public code's on CIFAR-10 is 4000 for ELLE-A.</summary>
    [AtLeast(0)] public double Lambda { get; init => field = Require.AtLeast(0, value); } = 4000;

    /// <summary>
    /// ELLE-A: λ is 0 at first. After a step whose error exceeds the mean of all before by <c>sensitivity</c>
    /// deviations it is <c>lambda</c>, after any other it is multiplied by <c>decay</c>. Otherwise it is constant.
    /// </summary>
    public bool Adaptive { get; init; } = true;

    /// <summary>By what λ is multiplied after a step.</summary>
    [Between(0, 1)] public double Decay { get; init => field = Require.Between(0, 1, value); } = 0.99;

    /// <summary>How many deviations above the mean an error is large.</summary>
    [AtLeast(0)] public double Sensitivity { get; init => field = Require.AtLeast(0, value); } = 2;

    /// <summary>k: the radius over ε of the noise before the attack's step; 2 in the paper's N-FGSM variant.</summary>
    [AtLeast(0)] public double Noise { get; init => field = Require.AtLeast(0, value); }

    /// <summary>Clean images among the adversarial ones; by default none.</summary>
    public Mix Mix { get; init; } = new();

    private Attacks.NFgsm Attack => new() { Noise = Noise };

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => Attack.Bound(threat);

    /// <inheritdoc/>
    public long CleanRows(long rows) => Mix.CleanRows(rows);

    /// <inheritdoc/>
    public double LossWeight(long clean, long attacked) => Mix.LossWeight(clean, attacked);

    /// <inheritdoc/>
    /// <remarks>λ, then the number, the mean and the summed squared deviations of the errors so far.</remarks>
    public IReadOnlyDictionary<string, StateTensor> State(TrainingSizes sizes) =>
        Adaptive ? new Dictionary<string, StateTensor> { [Linearity] = new([4]) } : new();

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch) => batch.Attack(Attack);

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        Tensor? errors = null;
        var loss = Mix.CrossEntropy(batch, adversarial, attacked =>
        {
            errors = Errors(attacked);
            return Adaptive ? batch.State[Linearity][0] * errors : Lambda * errors;
        });
        return Adaptive && errors is not null ? loss with { AfterStep = () => Adapt(batch, errors) } : loss;
    }

    /// <summary>The squared error of each row's loss at a point between two others [N].</summary>
    private static Tensor Errors(TrainingBatch batch)
    {
        using var scope = NewDisposeScope();
        using var ball = Ball.Create(batch.Threat, batch.Images);
        var random = batch.Random.With(Field);
        var first = batch.Images + ball.Noise(random.With(0));
        var second = batch.Images + ball.Noise(random.With(1));
        var share = random.With(2).Uniform(batch.Images.narrow(1, 0, 1).narrow(2, 0, 1).narrow(3, 0, 1));
        var logits = batch.Network.Logits(
            null, cat([first, second, ((1 - share) * first) + (share * second)], 0), Normalise.Joint).Adversarial!;
        var loss = batch.Targets.Loss(AttackLossKind.CrossEntropy, batch.Network.Classifier.Classes);
        var losses = logits.chunk(3).Select(loss.PerExample).ToList();
        share = share.flatten();
        return (losses[2] - ((1 - share) * losses[0]) - (share * losses[1])).square().MoveToOuterDisposeScope();
    }

    /// <summary>Chooses the next step's λ by the errors of this one.</summary>
    internal void Adapt(TrainingBatch batch, Tensor errors)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var state = batch.State[Linearity].to(errors.dtype);
        var error = batch.Mean(errors);
        var (lambda, count, mean, squares) = (state[0], state[1], state[2], state[3]);
        var deviation = (squares / count.clamp(min: 1)).sqrt();
        var isLarge = count.gt(LeastErrors).logical_and(error.gt(mean + (Sensitivity * deviation)));
        var next = where(isLarge, full_like(lambda, Lambda), lambda * Decay);
        var difference = error - mean;
        var newMean = mean + (difference / (count + 1));
        var newSquares = squares + (difference * (error - newMean));
        batch.State[Linearity].copy_(stack([next, count + 1, newMean, newSquares]));
    }
}
