using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// Free adversarial training (Shafahi et al. 2019, arXiv:1904.12843): each batch is replayed m times, and each replay
/// takes one gradient, from which both the weights and the perturbation move. The perturbation has one row for each
/// position of a batch, begins at zero and stays over replays, batches and epochs; it moves ε in the steepest direction
/// and is then brought back to the ball and, with its image, to the box.
/// </summary>
[Component("free")]
public sealed record Free : IObjective
{
    private const string Perturbation = "perturbation";

    /// <summary>
    /// m: the updates made on each batch; the number of epochs is divided by it. All other options that count epochs,
    /// such as a schedule's milestones, count what is left: passes over the images.
    /// </summary>
    [AtLeast(1)] public int Replays { get; init => field = Require.AtLeast(1, value); } = 8;

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => threat.Epsilon;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, StateTensor> State(TrainingSizes sizes) =>
        new Dictionary<string, StateTensor> { [Perturbation] = new(sizes.Batch, HasBatchRows: true) };

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch)
    {
        using var ball = Ball.Create(batch.Threat, batch.Images);
        using var perturbation = Rows(batch);
        var adversarial = batch.Images + perturbation;
        ball.Project(adversarial);
        return adversarial;
    }

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        ArgumentNullException.ThrowIfNull(adversarial);
        var images = adversarial.detach().requires_grad_();
        var logits = batch.Network.Logits(null, images, Normalise.Joint).Adversarial!;
        return new(batch.Targets.CrossEntropy(logits).mean(), Adversarial: new(logits, batch.Labels), AfterStep: () =>
            Step(batch, images));
    }

    private static void Step(TrainingBatch batch, Tensor images)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var moved = images.detach().clone();
        // A network that cuts its own graph has no gradient.
        Ball.Create(batch.Threat, batch.Images).Step(moved, images.grad ?? zeros_like(images), batch.Threat.Epsilon);
        Rows(batch).copy_(moved.sub_(batch.Images));
    }

    /// <summary>The batch's rows of the perturbation: a view.</summary>
    private static Tensor Rows(TrainingBatch batch) =>
        batch.State[Perturbation].narrow(0, batch.First, batch.Images.shape[0]);
}
