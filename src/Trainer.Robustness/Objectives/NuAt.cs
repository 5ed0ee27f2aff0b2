using System.Globalization;
using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// Nuclear-norm adversarial training (NuAT, Sriramanan et al. 2021, "Towards Efficient and Effective Adversarial
/// Training"): the mean cross-entropy of the clean images plus λ / N · the nuclear norm of the [N, K] differences
/// between clean and adversarial logits. λ rises evenly from 0, epoch by epoch. The attack is one step of ε from noise
/// of random signs. It maximises the cross-entropy, and in every second step λ / N · the same norm, too. Departures
/// from the public code: N is the number of rows also in a shorter last batch, steps are counted over epochs, and the
/// clean logits of the attack come from the network in the mode in which it is attacked. Batch norm: running statistics
/// move by clean, then by adversarial images, as in all objectives; the public code's order is that of
/// <c>batchNorm.update</c> natural, adversarial, natural, the first of them before its attack.
/// </summary>
[Component("nuat")]
public sealed record NuAt : IObjective
{
    private const string Steps = "steps";

    // Apart from other random numbers of the step: "signs" in ASCII.
    private const long Field = 0x7369676E73;

    /// <summary>
    /// λ: what the norm weighs at last; the public code's is 4.5 for ResNet-18 on CIFAR-10 with batches of 64. The norm
    /// grows as the root of the batch, and is divided by the batch.
    /// </summary>
    [AtLeast(0)] public double Lambda { get; init => field = Require.AtLeast(0, value); } = 4.5;

    /// <summary>
    /// Epochs over which λ rises: in epoch e, from 1, it is λ · (e − 1) / this, at most λ; 0 for λ from the beginning.
    /// The public code's is all epochs but the last ten: 90 of 100.
    /// </summary>
    [AtLeast(0)] public int RampEpochs { get; init => field = Require.AtLeast(0, value); } = 90;

    /// <summary>The noise's length over ε: of each value for L∞, else of the whole perturbation.</summary>
    [Between(0, 1)] public double Noise { get; init => field = Require.Between(0, 1, value); } = 0.5;

    /// <inheritdoc/>
    public bool NeedsWholeBatch => true;

    /// <inheritdoc/>
    public string? Caution(long epochs, double epsilonWarmupEpochs) => LambdaOf(epochs) == Lambda ? null
        : string.Create(CultureInfo.InvariantCulture, $"nuat: λ rises over {RampEpochs} epochs, and the run has "
        + $"{epochs}: it ends with {LambdaOf(epochs):G3} in the place of {Lambda:G3}. Set rampEpochs to at most "
        + $"{epochs - 1}, or train for {RampEpochs + 1} epochs.");

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => threat.Epsilon;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, StateTensor> State(TrainingSizes sizes) =>
        new Dictionary<string, StateTensor> { [Steps] = new([]) };

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var crossEntropy = batch.Targets.Loss(AttackLossKind.CrossEntropy, batch.AttackNetwork.Classes);
        var loss = new NuclearNormLoss(
            crossEntropy, batch.AttackNetwork.Logits(batch.Images),
            LambdaOf(batch.Epoch) * batch.State[Steps].remainder(2));
        using var ball = Ball.Create(batch.Threat, batch.Images);
        var adversarial = ball.SignNoise(batch.Random.With(Field), Noise * batch.Threat.Epsilon)
            .add_(batch.Images).clamp_(0, 1);
        ball.Step(adversarial, loss.Gradient(batch.AttackNetwork, adversarial), batch.Threat.Epsilon);
        return adversarial.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        ArgumentNullException.ThrowIfNull(adversarial);
        var (clean, attacked) = batch.Network.Logits(batch.Images, adversarial, Normalise.Separate);
        var norm = NuclearNorm.Of(clean! - attacked!) / batch.Images.shape[0];
        return new(
            batch.Targets.CrossEntropy(clean!).mean() + (LambdaOf(batch.Epoch) * norm),
            new(clean!, batch.Labels), new(attacked!, batch.Labels), () => batch.State[Steps].add_(1));
    }

    private double LambdaOf(long epoch) => RampEpochs == 0 ? Lambda : Lambda * Math.Min(1, (epoch - 1.0) / RampEpochs);
}
