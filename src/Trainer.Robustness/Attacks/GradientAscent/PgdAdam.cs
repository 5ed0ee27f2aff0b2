using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// Projected gradient ascent by Adam (Kingma and Ba 2015, arXiv:1412.6980) instead of steps of one length, as Gowal et
/// al. 2020 (arXiv:2010.03593) and Rebuffi et al. 2021 (arXiv:2103.01946) train: at the full rate for the first half of
/// the steps, then at a tenth of it.
/// </summary>
[Component("pgd-adam")]
public sealed record PgdAdam : IAttack
{
    /// <summary>Gradient evaluations.</summary>
    [AtLeast(1)] public int Steps { get; init => field = Require.AtLeast(1, value); } = 10;

    /// <summary>Adam's rate, in image units.</summary>
    [Positive] public double Rate { get; init => field = Require.Positive(value); } = 0.1;

    /// <summary>Starts uniformly in the ball; otherwise at the image.</summary>
    public bool RandomStart { get; init; } = true;

    /// <summary>
    /// What to maximise; by default the loss of the batch: in training that of the objective, in evaluation the margin.
    /// </summary>
    [FormerName("goal")] public AttackLossKind? Loss { get; init; }

    /// <inheritdoc/>
    public string Name => $"pgd-adam-{Steps}{Loss.Suffix()}";

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => GradientAscent.Run(batch.With(Loss), Name, Steps, examples =>
    {
        using var ball = examples.CreateBall();
        var start = RandomStart ? ball.RandomStart(examples.Random) : ball.Images.clone();
        return (start, new AdamStep(examples.Images, batch.Threat.Step(Rate), Steps));
    });
}
