using Trainer.Robustness.Components;
using Trainer.Robustness.Native;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// Adversarial weight perturbation (Wu et al. 2020, arXiv:2004.05884) of another objective: after the attack the
/// weights take one step that raises the objective's loss, the update is made from the gradient found there, and then
/// the step is taken back. The step is γ · ‖w‖ in the direction of each weight's own gradient, for the parameters named
/// <c>weight</c> of rank above 1. The forwards that find its direction are in training mode but leave running
/// statistics as they are.
/// </summary>
[Component("awp")]
public sealed record Awp : IObjective
{
    // Keeps the direction of a weight without a gradient at zero.
    private const double Tiny = 1e-20;

    /// <summary>What is trained with; its attack is on the unperturbed weights.</summary>
    public required IObjective Objective
    {
        get;
        init => field = value is Awp
            ? throw new ArgumentException(
                "Found \"awp\" within \"awp\", expected one of the other objectives.", nameof(Objective))
            : value;
    }

    /// <summary>
    /// γ: the length of the step over that of the weights. The paper's is 0.005 for TRADES and 0.01 for PGD adversarial
    /// training.
    /// </summary>
    [AtLeast(0)] public double Gamma { get; init => field = Require.AtLeast(0, value); } = 0.005;

    /// <summary>
    /// The first epoch whose weights are perturbed, counted from 1. The public code's is 10 for TRADES.
    /// </summary>
    [AtLeast(1)] public int FromEpoch { get; init => field = Require.AtLeast(1, value); } = 1;

    /// <inheritdoc/>
    public int Replays => Objective.Replays;

    /// <inheritdoc/>
    public bool AcceptsMixedLabels => Objective.AcceptsMixedLabels;

    /// <inheritdoc/>
    public bool NeedsWholeBatch => Objective.NeedsWholeBatch;

    /// <inheritdoc/>
    public bool NeedsOrigin => Objective.NeedsOrigin;

    /// <inheritdoc/>
    public bool DifferentiatesTwice => Objective.DifferentiatesTwice;

    /// <inheritdoc/>
    public void Prepare(Classifier network) => Objective.Prepare(network);

    /// <inheritdoc/>
    public Isolation? Isolation => Objective.Isolation;

    /// <inheritdoc/>
    public bool TrainsOnBounds => Objective.TrainsOnBounds;

    /// <inheritdoc/>
    public string? Caution(long epochs, double epsilonWarmupEpochs) => FromEpoch <= epochs
        ? Objective.Caution(epochs, epsilonWarmupEpochs)
        : $"awp: weights are perturbed from epoch {FromEpoch} on, and the run has {epochs}: it is trained without. Set "
        + $"fromEpoch to at most {epochs}, or train longer.";

    /// <inheritdoc/>
    public IReadOnlyList<ThreatModel>? ThreatModels => Objective.ThreatModels;

    /// <inheritdoc/>
    public int AdversarialImages => Objective.AdversarialImages;

    /// <inheritdoc/>
    public double GradientProjection => Objective.GradientProjection;

    /// <inheritdoc/>
    public double? LearningRate(long epoch) => Objective.LearningRate(epoch);

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => Objective.Bound(threat);

    /// <inheritdoc/>
    public Tensor Violation(TrainingBatch batch, Tensor adversarial) => Objective.Violation(batch, adversarial);

    /// <inheritdoc/>
    public long CleanRows(long rows) => Objective.CleanRows(rows);

    /// <inheritdoc/>
    public double LossWeight(long clean, long attacked) => Objective.LossWeight(clean, attacked);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, StateTensor> State(TrainingSizes sizes) => Objective.State(sizes);

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch) => Objective.PerturbUnchecked(batch);

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        if (batch.Epoch < FromEpoch)
            return Objective.LossUnchecked(batch, adversarial);
        var moves = Ascent(batch, adversarial);
        Move(moves, 1);
        ObjectiveLoss loss;
        try
        {
            loss = Objective.LossUnchecked(batch, adversarial);
        }
        catch
        {
            Move(moves, -1);
            throw;
        }
        return loss with
        {
            AfterStep = () =>
            {
                Move(moves, -1);
                loss.AfterStep?.Invoke();
            },
        };
    }

    /// <summary>The step of each weight.</summary>
    private List<(Tensor Weight, Tensor Step)> Ascent(TrainingBatch batch, Tensor? adversarial)
    {
        using var scope = NewDisposeScope();
        List<IReadOnlyList<Tensor>> weights = [.. batch.Network.Parameters
            .Where(entry => entry.Leaves[0].dim() > 1 && entry.Name.Split('.')[^1] == "weight")
            .Select(entry => entry.Leaves)];
        using var unchanged = batch.Network.WithoutUpdates();
        List<Tensor> leaves = [.. weights.SelectMany(weight => weight)];
        var loss = Objective.LossUnchecked(batch, adversarial).Loss;
        var gradients = leaves.Zip(GuardedCalls.Gradients(batch.Combine is null ? loss : loss * batch.Weight, leaves))
            .ToDictionary(pair => pair.First, pair => pair.Second);
        using var noGrad = no_grad();
        List<(Tensor Weight, Tensor Gradient)> found = [.. weights.Select(
            weight => (weight[0], weight.Select(leaf => gradients[leaf]).OfType<Tensor>().ToList()))
            .Where(pair => pair.Item2.Count > 0 || batch.Combine is not null)
            .Select(pair => (pair.Item1, pair.Item2.Count == 0 ? zeros_like(pair.Item1)
                : pair.Item2.Aggregate((sum, gradient) => sum + gradient)))];
        batch.Combine?.Invoke([.. found.Select(pair => pair.Gradient)]);
        return [.. found.Select(pair => (pair.Weight, Step(pair.Weight, pair.Gradient).MoveToOuterDisposeScope()))];
    }

    private Tensor Step(Tensor weight, Tensor gradient) =>
        gradient * (Gamma * weight.norm() / (gradient.norm() + Tiny));

    private static void Move(List<(Tensor Weight, Tensor Step)> moves, int sign)
    {
        using var noGrad = no_grad();
        foreach (var (weight, step) in moves)
            weight.add_(step, alpha: sign);
    }
}
