using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// The probability margin attack, PMA (Xie et al. 2024, arXiv:2411.15210): gradient ascent on the margin of
/// probabilities, max_{k≠y} p_k − p_y, in steps that fall from 2 ε to 0 by a cosine, twice. Each restart is two runs
/// from random starts; up to half of its steps the first maximises −p_y alone and the second max_{k≠y} p_k alone. As in
/// the public code the first step of each run maximises p_y. Departures from the public code: the probabilities are
/// float64, and p_y is 1 less the others, so that a confident network still has a gradient.
/// </summary>
[Component("pma", Version = 2)]
public sealed record Pma : IAttack
{
    private const int Runs = 2;

    /// <summary>Gradient evaluations of each run.</summary>
    [AtLeast(2)] public int Steps { get; init => field = Require.AtLeast(2, value); } = 100;

    /// <summary>Independent pairs of runs.</summary>
    [AtLeast(1)] public int Restarts { get; init => field = Require.AtLeast(1, value); } = 1;

    /// <inheritdoc/>
    public string Name => $"pma-{Steps}{(Restarts == 1 ? "" : $"x{Restarts}")}";

    /// <inheritdoc/>
    public AttackLossKind? Loss => null;

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) =>
        RemainingExamples.Attack(batch, Name, Runs * Restarts, (remaining, examples) =>
        {
            var schedule = new PmaSchedule(Steps, 2 * batch.Threat.Epsilon, remaining.Run % Runs == 0);
            var loss = new ProbabilityMarginLoss(examples.Loss.Labels, schedule);
            using var ball = examples.CreateBall();
            var start = ball.RandomStart(examples.Random.With(remaining.Run));
            GradientAscent.Observed(
                examples with { Loss = examples.Loss.Replaced(loss) }, (start, schedule), Steps, remaining);
        });
}
