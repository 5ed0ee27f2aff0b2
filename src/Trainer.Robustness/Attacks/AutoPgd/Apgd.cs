using Trainer.Robustness.Components;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// Projected gradient ascent with momentum and a step size that adapts itself, APGD (Croce and Hein 2020,
/// arXiv:2003.01690, algorithm 1). Departures from the public code: an example leaves at its first misclassified iterate,
/// where the public code returns the latest; the first check of the step size compares the first iterate with the start,
/// where the public code compares it with zero. For L1 each run goes through balls of 3 ε, 2 ε and ε with 30, 30 and 40 % of
/// the iterations, by sparse steps without momentum (Croce and Hein 2021, arXiv:2103.01208).
/// </summary>
/// <param name="Steps">Iterations of each run, one gradient each, after the start's own.</param>
/// <param name="Restarts">Independent runs; later ones attack only the examples that are still classified correctly.</param>
/// <param name="Goal">What to maximise; by default what the user of the attack asks for.</param>
/// <param name="Draws">Gradients averaged in each iteration, for networks with noise of their own.</param>
[Component("apgd")]
public sealed record Apgd(int Steps = 100, int Restarts = 1, AttackLossKind? Goal = null, int Draws = 1) : IAttack
{
    /// <summary>Iterations of each run.</summary>
    [AtLeast(1)]
    public int Steps { get; init; } = Require.AtLeast(1, Steps);

    /// <summary>Independent runs.</summary>
    [AtLeast(1)]
    public int Restarts { get; init; } = Require.AtLeast(1, Restarts);

    /// <summary>Gradients averaged in each iteration.</summary>
    [AtLeast(1)]
    public int Draws { get; init; } = Require.AtLeast(1, Draws);

    /// <inheritdoc/>
    public string Name => $"apgd-{Steps}{(Restarts == 1 ? "" : $"x{Restarts}")}{Goal.Suffix()}";

    /// <inheritdoc/>
    public Tensor PerturbUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random) =>
        RunUnchecked(classifier, images, goal, threat, random).Images;

    /// <inheritdoc/>
    public AttackResult RunUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random) =>
        RunUnchecked(classifier, images, goal, threat, random, Name);

    internal AttackResult RunUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random, string name)
    {
        using var scope = NewDisposeScope();
        var standing = new StandingExamples(classifier, images, goal, random);
        for (var restart = 0; restart < Restarts && standing.Any; restart++)
        {
            using var runScope = NewDisposeScope();
            var left = standing.Left();
            var found = Run(classifier, left.Images, left.Goal, threat, left.Random.With(restart), name, restart);
            standing.Keep(left, found);
        }
        return standing.Findings;
    }

    /// <summary>One run from a random start.</summary>
    internal AttackResult Run(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random, string name, int run)
    {
        var averaged = Draws == 1 ? goal : new EotLoss(goal, Draws);
        if (threat.Norm == Norm.L1)
            return ShrinkingRun(classifier, images, averaged, threat, random, name, run);
        using var ball = threat.Around(images);
        using var start = ball.SurfaceStart(random);
        return new ApgdRun(classifier, threat, name, run).From(images, start, averaged, new ApgdMomentumSteps(Steps), Steps);
    }

    /// <summary>Through balls of 3 ε and 2 ε, in which nothing is judged, to that of ε, from the best iterate of each to the next.</summary>
    private AttackResult ShrinkingRun(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random, string name, int run)
    {
        using var scope = NewDisposeScope();
        var third = (int)Math.Ceiling(0.3 * Steps);
        var start = (threat with { Epsilon = 3 * threat.Epsilon }).Around(images).SurfaceStart(random);
        foreach (var (radius, steps) in ((double, int)[])[(3, third), (2, Math.Min(third, Steps - third))])
        {
            var wider = threat with { Epsilon = radius * threat.Epsilon };
            wider.Around(images).Project(start);
            var climb = new ApgdRun(classifier, wider, name, run) { Judges = false };
            start = climb.From(images, start, goal, new ApgdSparseSteps(steps), steps).Images;
        }
        threat.Around(images).Project(start);
        var last = Steps - third - Math.Min(third, Steps - third);
        var found = new ApgdRun(classifier, threat, name, run).From(images, start, goal, new ApgdSparseSteps(last), last);
        return found with { Images = found.Images.MoveToOuterDisposeScope() };
    }
}
