using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// MultiTargeted (Gowal et al. 2019, arXiv:1910.09338): projected gradient ascent on z_t − z_y, from random starts,
/// towards one class t after another in the order of the clean logits; with the steps of <see cref="Pgd"/>.
/// </summary>
[Component("multi-targeted")]
public sealed record MultiTargeted : IAttack
{
    /// <summary>Gradient evaluations of each run.</summary>
    [AtLeast(1)] public int Steps { get; init => field = Require.AtLeast(1, value); } = 100;

    /// <summary>Length of one step in the threat model's norm, in image units; by default 2.5 ε / steps.</summary>
    [AtLeast(0)] public double? StepSize { get; init => field = Require.AtLeast(0, value); }

    /// <summary>How many classes, of those that there are; null for all others.</summary>
    [AtLeast(1)] public int? Targets { get; init => field = Require.AtLeast(1, value); }

    /// <summary>Independent runs towards each class.</summary>
    [AtLeast(1)] public int Restarts { get; init => field = Require.AtLeast(1, value); } = 1;

    /// <inheritdoc/>
    public string Name => $"multi-targeted-{Steps}{(Restarts == 1 ? "" : $"x{Restarts}")}";

    /// <inheritdoc/>
    public AttackLossKind? Loss => null;

    int? IAttack.TargetsOf(int classes) => TargetsOf(classes);

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => RemainingExamples.Attack(
        batch, Name, TargetsOf(batch.Classifier.Classes) * Restarts, (remaining, examples, logits) =>
        {
            var targets = examples.Loss.Others(logits.index_select(0, remaining.Rows))
                .select(1, remaining.Run / Restarts);
            var targeted = new TargetedMarginLoss(examples.Loss.Labels, targets);
            using var ball = examples.CreateBall();
            var start = ball.RandomStart(examples.Random.With(remaining.Run));
            var step = new SteepestStep(
                StepSize is { } size ? batch.Threat.Step(size) : 2.5 * batch.Threat.Epsilon / Steps);
            GradientAscent.Observed(
                examples with { Loss = examples.Loss.Replaced(targeted) }, (start, step), Steps, remaining);
        });

    private int TargetsOf(int classes) => Math.Min(Targets ?? classes, classes - 1);
}
