using Trainer.Robustness.Components;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// The fast adaptive boundary attack towards one class after another in the order of the clean logits, FAB-T (Croce and
/// Hein 2020, arXiv:1907.02044): the smallest change that makes the network take an example for another class. Draws
/// nothing at random. An example leaves once it is broken within ε; with ε = 0 every run goes to its end, for the smallest
/// change that can be found.
/// </summary>
/// <param name="Steps">Iterations towards each class.</param>
/// <param name="Targets">How many classes, of those that there are: 9 in AutoAttack.</param>
[Component("fab-t")]
public sealed record FabTargeted(int Steps = 100, int Targets = 9) : IAttack
{
    /// <summary>Iterations towards each class.</summary>
    [AtLeast(1)]
    public int Steps { get; init; } = Require.AtLeast(1, Steps);

    /// <summary>How many classes are targets.</summary>
    [AtLeast(1)]
    public int Targets { get; init; } = Require.AtLeast(1, Targets);

    /// <inheritdoc/>
    public string Name => "fab-t";

    /// <inheritdoc/>
    public AttackLossKind? Goal => null;

    /// <summary>None: an example is broken if and only if the change that was found is within ε.</summary>
    public double Bound(ThreatModel threat) => double.PositiveInfinity;

    /// <inheritdoc/>
    public Tensor PerturbUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random) =>
        RunUnchecked(classifier, images, goal, threat, random).Images;

    /// <inheritdoc/>
    public AttackResult RunUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random)
    {
        using var scope = NewDisposeScope();
        var standing = new StandingExamples(classifier, images, goal, random);
        var ranking = standing.CleanLogits.argsort(1, descending: true);
        var closest = full([images.shape[0]], float.PositiveInfinity, images.dtype, images.device);
        for (var target = 0; target < Math.Min(Targets, classifier.Classes - 1) && standing.Any; target++)
        {
            using var runScope = NewDisposeScope();
            var left = standing.Left();
            var boundary = new TargetedMarginLoss(left.Goal.Labels, ranking.select(1, 1 + target).index_select(0, left.Index));
            var found = new FabRun(classifier, threat, Name, target).From(left.Images, left.Goal.Replaced(boundary), Steps);
            var distance = threat.Distance(left.Images, found.Images);
            // An example for which nothing was found came back as it was.
            distance.masked_fill_(distance.eq(0), float.PositiveInfinity);
            var closer = distance < closest.index_select(0, left.Index);
            closest.index_copy_(0, left.Index, minimum(distance, closest.index_select(0, left.Index)));
            standing.Keep(left, found, closer);
        }
        return standing.Findings;
    }
}
