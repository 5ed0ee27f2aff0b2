using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// MALT (Melamed et al. 2024, arXiv:2407.02240): <see cref="ApgdTargeted"/> towards the classes that a linear network
/// with the same logits and gradients at the clean image would reach first. A target t is ranked by
/// (z_y − z_t) / ‖∇(z_t − z_y)‖, the norm dual to the threat model's. Departures from the public code: a target
/// without a gradient comes last, and not first, and an example is misclassified in any other class, not in the target
/// alone. The ranking is by one pass, whatever <see cref="EotIterations"/> is.
/// </summary>
[Component("malt")]
public sealed record Malt : IAttack
{
    // So many gradients are in memory at once.
    private const int GradientsAtOnce = 10;

    /// <summary>Iterations of each run.</summary>
    [AtLeast(1)] public int Steps { get; init => field = Require.AtLeast(1, value); } = 100;

    /// <summary>How many classes are attacked, of those that there are.</summary>
    [AtLeast(1)] public int Targets { get; init => field = Require.AtLeast(1, value); } = 9;

    /// <summary>How many classes are ranked: those of the largest logits.</summary>
    [AtLeast(1)] public int Candidates { get; init => field = Require.AtLeast(1, value); } = 100;

    /// <summary>Gradients averaged in each iteration, for networks with noise of their own.</summary>
    [AtLeast(1)] public int EotIterations { get; init => field = Require.AtLeast(1, value); } = 1;

    /// <inheritdoc/>
    public string Name => "malt";

    /// <inheritdoc/>
    public AttackLossKind? Loss => null;

    int? IAttack.TargetsOf(int classes) => TargetsOf(classes);

    /// <inheritdoc/>
    public string? Caution(int classes) => TargetedDlrLoss.Caution(classes, Name);

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch)
    {
        var candidates = CandidatesOf(batch.Classifier.Classes);
        Tensor? targets = null;
        return RemainingExamples.Attack(
            batch, Name, TargetsOf(batch.Classifier.Classes), (remaining, examples, logits) =>
            {
                // The first run attacks every example that any later one does.
                targets ??= zeros_like(logits, ScalarType.Int64).narrow(1, 0, candidates).index_copy(
                    0, remaining.Rows, Ranked(examples, logits.index_select(0, remaining.Rows), candidates))
                    .MoveToOuterDisposeScope();
                ApgdTargeted.Run(
                    targets.select(1, remaining.Run).index_select(0, remaining.Rows),
                    new() { Steps = Steps, EotIterations = EotIterations }, remaining, examples);
            });
    }

    /// <summary>The candidates in the order in which they are attacked: int64 [N, candidates].</summary>
    internal static Tensor Ranked(AttackBatch batch, Tensor logits, int candidates)
    {
        using var scope = NewDisposeScope();
        var classes = batch.Loss.Others(logits).narrow(1, 0, candidates);
        var scores = new List<Tensor>();
        for (var first = 0; first < candidates; first += GradientsAtOnce)
        {
            using var gradients = NewDisposeScope();
            var losses = Enumerable.Range(first, Math.Min(GradientsAtOnce, candidates - first))
                .Select(rank => new TargetedMarginLoss(batch.Loss.Labels, classes.select(1, rank)));
            scores.AddRange(batch.Loss.At(batch.Classifier, batch.Images, [.. losses]).Select(at =>
                (-at.Values / DualNorm(at.Gradient, batch.Threat.Norm)).MoveToOuterDisposeScope()));
        }
        return classes.gather(1, stack(scores, 1).argsort(1)).MoveToOuterDisposeScope();
    }

    private int TargetsOf(int classes) => Math.Min(Targets, CandidatesOf(classes));

    private int CandidatesOf(int classes) => Math.Min(Candidates, classes - 1);

    /// <summary>The norm of each example's gradient that is dual to the threat model's: float [N].</summary>
    private static Tensor DualNorm(Tensor gradient, Norm norm) => norm switch
    {
        Norm.Linf => gradient.abs().flatten(1).sum(1),
        Norm.L2 => gradient.square().flatten(1).sum(1).sqrt(),
        Norm.L1 => gradient.abs().flatten(1).amax(1),
        _ => throw new ThreatModel { Norm = norm, Epsilon = 0 }.UnknownNorm(),
    };
}
