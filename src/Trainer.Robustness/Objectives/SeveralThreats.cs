using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// What objectives against several threat models have in common. They take nothing of the batch's threat model but the
/// share of its radius, which is below 1 during the warm-up of ε, and apply it to each of their own.
/// </summary>
public abstract record SeveralThreats : IObjective
{
    /// <summary>The threat models, two or more different ones, each with its attack.</summary>
    public required IReadOnlyList<TrainingThreat> Threats { get; init => field = Checked(value); }

    /// <inheritdoc/>
    public IReadOnlyList<ThreatModel>? ThreatModels => [.. Threats.Select(threat => threat.Model)];

    /// <inheritdoc/>
    public virtual int AdversarialImages => 1;

    /// <inheritdoc/>
    /// <remarks>Infinite: <see cref="Violation"/> knows the bound of each norm.</remarks>
    public double Bound(ThreatModel threat) => double.PositiveInfinity;

    /// <inheritdoc/>
    /// <remarks>
    /// A single adversarial image of a row keeps one of the bounds; of several, the first ones keep that of the threat
    /// model in their place.
    /// </remarks>
    public Tensor Violation(TrainingBatch batch, Tensor adversarial)
    {
        using var scope = NewDisposeScope();
        List<(ThreatModel Threat, double Bound)> bounds = [.. Threats.Select((_, place) => Under(batch, place))
            .Zip(Threats, (model, threat) => (model, threat.Attack.Bound(model)))];
        if (AdversarialImages == 1)
            return ThreatModel.ViolationOfAny(batch.Images, adversarial, bounds).MoveToOuterDisposeScope();
        return bounds.Select((bound, place) => bound.Threat.Violation(
            batch.Images, adversarial.select(1, place), bound.Bound)).Aggregate(maximum).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public virtual IReadOnlyDictionary<string, StateTensor> State(TrainingSizes sizes) =>
        new Dictionary<string, StateTensor>();

    /// <inheritdoc/>
    public abstract Tensor? PerturbUnchecked(TrainingBatch batch);

    /// <inheritdoc/>
    public abstract ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial);

    /// <summary>The adversarial images of one of the threat models: float32 [N, C, H, W].</summary>
    private protected Tensor Attacked(TrainingBatch batch, int place) =>
        (batch with { Threat = Under(batch, place), Random = batch.Random.With(place) }).Attack(Threats[place].Attack);

    /// <summary>The adversarial images of each threat model: float32 [N, T, C, H, W].</summary>
    private protected Tensor AttackedByAll(TrainingBatch batch) =>
        stack([.. Threats.Select((_, place) => Attacked(batch, place))], 1);

    /// <summary>
    /// Of the images of each row the one with the largest cross-entropy, in the mode in which the network is attacked:
    /// float32 [N, C, H, W].
    /// </summary>
    /// <param name="batch">The attacked rows.</param>
    /// <param name="images">Float32 [N, T, C, H, W].</param>
    private protected static Tensor Worst(TrainingBatch batch, Tensor images)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var loss = batch.Targets.Loss(AttackLossKind.CrossEntropy, batch.AttackNetwork.Classes);
        var count = images.shape[1];
        var losses = Enumerable.Range(0, (int)count).Select(place => loss.PerExample(
            batch.AttackNetwork.Logits(images.select(1, place))));
        var worst = stack([.. losses], 1).argmax(1);
        var rows = arange(images.shape[0], ScalarType.Int64, worst.device);
        return images.flatten(0, 1).index_select(0, (rows * count) + worst).MoveToOuterDisposeScope();
    }

    /// <summary>Draws one of the threat models, the same for all rows of the batch, whatever part it is.</summary>
    /// <param name="batch">Its random numbers decide.</param>
    /// <param name="probabilities">That of each threat model; they add up to 1.</param>
    /// <returns>The place of the threat model, from 0.</returns>
    private protected static int Draw(TrainingBatch batch, IReadOnlyList<double> probabilities)
    {
        var (number, place) = (batch.Random.Number(), 0);
        while (place < probabilities.Count - 1 && number >= probabilities[place])
            number -= probabilities[place++];
        return place;
    }

    /// <summary>One of the threat models, with as much of its radius as the batch's has of its own.</summary>
    private ThreatModel Under(TrainingBatch batch, int place)
    {
        var (full, model) = (batch.Threat.FullEpsilon(), Threats[place].Model);
        return batch.Threat.Epsilon == full ? model : model.Scaled(batch.Threat.Epsilon / full);
    }

    private static IReadOnlyList<TrainingThreat> Checked(IReadOnlyList<TrainingThreat> threats)
    {
        if (threats.Count < 2)
            throw new ArgumentException(
                $"Found {threats.Count}, expected two threat models or more, or an objective against one, such as "
                + "\"pgd-at\".", nameof(threats));
        // By their words, which name them in metrics.
        if (threats.GroupBy(threat => $"{threat.Model}").FirstOrDefault(group => group.Count() > 1) is { } equal)
            throw new ArgumentException(
                $"Found {equal.Key} twice, expected different threat models.", nameof(threats));
        return [.. threats];
    }
}
