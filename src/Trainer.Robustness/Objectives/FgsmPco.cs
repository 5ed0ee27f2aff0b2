using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// FGSM-PCO (Wang et al. 2024, arXiv:2407.12443): single-step training on a fusion of the present adversarial image and
/// that of the epoch before. A perturbation δ is kept for each training image. One step from x + δ gives the
/// adversarial image x' within ball and box, and the next δ. With c = 1 − p_y(x + δ), the network is trained on c · (x
/// + δ) + (1 − c) · (x + β · (x' − x)): its cross-entropy, plus λ · |mse(z', z_δ) − mse(z', z)| of the logits of x', x
/// + δ and the fusion. Nothing is detached. δ belongs to the image's pixels: it follows crops, flips and blackened
/// squares, where the public code keeps the δ of one crop for the next. It is random signs of length ε when an image is
/// first seen; a pixel outside the crop keeps its own, at first 0. The step's gradient has a pass of its own, in the
/// mode in which the network is attacked; the public code takes it from the update's pass, in training mode. Batch
/// norm: the passes are of x + δ, the fusion and x', as in the public code, whose step is that of
/// <c>batchNorm.attack</c> "batch"; the default is "eval", as in all objectives. The public code smooths labels: 0.6
/// for the class, <c>train.labelSmoothing</c> 0.444 with ten classes. δ is float32 and as large as the training images,
/// on the device and in every checkpoint.
/// </summary>
[Component("fgsm-pco")]
public sealed record FgsmPco : IObjective
{
    private const string Perturbations = "perturbations";

    // Apart from other random numbers of the step: "signs" in ASCII.
    private const long Field = 0x7369676E73;

    /// <summary>The step's length over ε.</summary>
    [Positive] public double StepFactor { get; init => field = Require.Positive(value); } = 1;

    /// <summary>β: the factor of the present perturbation in the fusion.</summary>
    [AtLeast(0)] public double Beta { get; init => field = Require.AtLeast(0, value); } = 1.5;

    /// <summary>λ: what the difference of the squared errors weighs.</summary>
    [AtLeast(0)] public double Lambda { get; init => field = Require.AtLeast(0, value); } = 10;

    /// <inheritdoc/>
    public bool AcceptsMixedLabels => false;

    /// <inheritdoc/>
    public bool NeedsWholeBatch => true;

    /// <inheritdoc/>
    public bool NeedsOrigin => true;

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => threat.Epsilon;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, StateTensor> State(TrainingSizes sizes) =>
        new Dictionary<string, StateTensor> { [Perturbations] = new([sizes.Images, .. sizes.Batch.Skip(1)]) };

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var ball = Ball.Create(batch.Threat, batch.Images);
        var adversarial = Start(batch, ball);
        var loss = batch.Targets.Loss(AttackLossKind.CrossEntropy, batch.AttackNetwork.Classes);
        ball.Step(
            adversarial, loss.Gradient(batch.AttackNetwork, adversarial), StepFactor * batch.Threat.Epsilon);
        return adversarial.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        ArgumentNullException.ThrowIfNull(adversarial);
        using var ball = Ball.Create(batch.Threat, batch.Images);
        var former = Start(batch, ball);
        var formerLogits = Logits(batch, former);
        var doubt = (1 - formerLogits.softmax(1).gather(1, batch.Labels.unsqueeze(1))).reshape(-1, 1, 1, 1);
        var fusion = (doubt * former) + ((1 - doubt) * (batch.Images + (Beta * (adversarial - batch.Images))));
        var (fused, attacked) = (Logits(batch, fusion), Logits(batch, adversarial));
        var difference = (attacked - formerLogits).square().mean() - (attacked - fused).square().mean();
        return new(
            batch.Targets.CrossEntropy(fused).mean() + (Lambda * difference.abs()),
            Adversarial: new(attacked, batch.Labels), AfterStep: () => Keep(batch, adversarial));
    }

    private static Tensor Logits(TrainingBatch batch, Tensor images) =>
        batch.Network.Logits(null, images, Normalise.Joint).Adversarial!;

    /// <summary>The images with the perturbations that are kept of them, or with new ones.</summary>
    private static Tensor Start(TrainingBatch batch, Ball ball)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var kept = Kept(batch);
        var isNew = kept.eq(0).all(2, keepdim: true).all(1, keepdim: true).unsqueeze(3);
        var (_, places) = Place(batch);
        var delta = kept.gather(2, places).reshape(batch.Images.shape);
        return where(isNew, ball.SignNoise(batch.Random.With(Field), batch.Threat.Epsilon), delta)
            .add_(batch.Images).MoveToOuterDisposeScope();
    }

    private static void Keep(TrainingBatch batch, Tensor adversarial)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (rows, places) = Place(batch);
        var kept = Kept(batch).scatter_(2, places, (adversarial - batch.Images).flatten(2));
        var state = batch.State[Perturbations];
        state.index_copy_(0, rows, kept.narrow(2, 1, kept.shape[2] - 1).reshape([rows.shape[0], .. state.shape[1..]]));
    }

    /// <summary>The perturbations of whole images, behind a zero for pixels that are not of the image.</summary>
    /// <returns>Float32 [N, C, 1 + H · W].</returns>
    private static Tensor Kept(TrainingBatch batch) => nn.functional.pad(
        batch.State[Perturbations].index_select(0, batch.Targets.Origin!.Rows).flatten(2), [1, 0]);

    /// <summary>The rows, int64 [N], and the places of their pixels, int64 [N, C, H · W].</summary>
    private static (Tensor Rows, Tensor Places) Place(TrainingBatch batch)
    {
        var (origin, shape) = (batch.Targets.Origin!, batch.Images.shape);
        return (origin.Rows, origin.Pixels.unsqueeze(1).expand(-1, shape[1], -1));
    }
}
