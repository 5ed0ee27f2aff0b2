using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// Projected gradient ascent with momentum and a step size that adapts itself, APGD (Croce and Hein 2020,
/// arXiv:2003.01690, algorithm 1). Departures from the public code: an example leaves at its first misclassified
/// iterate, where the public code returns the latest; the first check of the step size compares the first iterate with
/// the start, where the public code compares it with zero. For L1 each run goes through balls of 3 ε, 2 ε and ε with
/// 30, 30 and 40 % of the iterations, by sparse steps without momentum (Croce and Hein 2021, arXiv:2103.01208).
/// </summary>
[Component("apgd")]
public sealed record Apgd : IAttack
{
    /// <summary>Iterations of each run, one gradient each, after the start's own.</summary>
    [AtLeast(1)] public int Steps { get; init => field = Require.AtLeast(1, value); } = 100;

    /// <summary>Independent runs; later ones attack only the examples that are still classified correctly.</summary>
    [AtLeast(1)] public int Restarts { get; init => field = Require.AtLeast(1, value); } = 1;

    /// <summary>
    /// What to maximise; by default the loss of the batch: in training that of the objective, in evaluation the margin.
    /// </summary>
    [FormerName("goal")] public AttackLossKind? Loss { get; init; }

    /// <summary>Gradients averaged in each iteration, for networks with noise of their own.</summary>
    [AtLeast(1), FormerName("draws")] public int EotIterations { get; init => field = Require.AtLeast(1, value); } = 1;

    /// <inheritdoc/>
    public string Name => $"apgd-{Steps}{(Restarts == 1 ? "" : $"x{Restarts}")}{Loss.Suffix()}";

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => Run(batch.With(Loss), Name);

    internal AttackResult Run(AttackBatch batch, string name) =>
        RemainingExamples.Attack(batch, name, Restarts, (remaining, examples) =>
        Run(remaining, examples with { Random = examples.Random.With(remaining.Run) }));

    /// <summary>One run from a random start.</summary>
    internal void Run(RemainingExamples remaining, AttackBatch examples)
    {
        if (EotIterations != 1)
            examples = examples with { Loss = new EotLoss(examples.Loss, EotIterations) };
        if (examples.Threat.Norm == Norm.L1)
        {
            RunInShrinkingBalls(remaining, examples);
            return;
        }
        using var ball = examples.CreateBall();
        ApgdRun.Run(examples, ball.SurfaceStart(examples.Random), new ApgdMomentumSteps(Steps), Steps, remaining);
    }

    /// <summary>
    /// In balls of 3 ε and 2 ε, where no example leaves, then in that of ε, from the best iterate of each to the next.
    /// </summary>
    private void RunInShrinkingBalls(RemainingExamples remaining, AttackBatch examples)
    {
        var third = (int)Math.Ceiling(0.3 * Steps);
        var second = Math.Min(third, Steps - third);
        var start = Wider(3).CreateBall().SurfaceStart(examples.Random);
        foreach (var (radius, steps) in ((double, int)[])[(3, third), (2, second)])
        {
            Wider(radius).CreateBall().Project(start);
            start = ApgdRun.Run(Wider(radius), start, new ApgdSparseSteps(steps), steps);
        }
        examples.CreateBall().Project(start);
        ApgdRun.Run(examples, start, new ApgdSparseSteps(Steps - third - second), Steps - third - second, remaining);

        AttackBatch Wider(double factor) =>
            examples with { Threat = examples.Threat with { Epsilon = factor * examples.Threat.Epsilon } };
    }
}
