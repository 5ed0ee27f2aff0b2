using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// Projected gradient ascent (Madry et al. 2018, arXiv:1706.06083, section 2.1), by the sign of the gradient for L∞, by
/// the normalised gradient for L2 and for L1 by the sign of its largest hundredth, of the values that the box lets move
/// (SLIDE, Tramèr and Boneh 2019, arXiv:1904.13000), brought back to ball and box after each step: for L∞ and L1 to the
/// nearest point of both, for L2 by scaling and clamping, as the public code does.
/// </summary>
[Component("pgd")]
public sealed record Pgd : IAttack
{
    /// <summary>Gradient evaluations of each restart; 0 returns the start.</summary>
    [AtLeast(0)] public required int Steps { get; init => field = Require.AtLeast(0, value); }

    /// <summary>
    /// Length of one step in the threat model's norm, in image units; by default 2.5 ε / steps, as in the paper's
    /// CIFAR-10 challenge.
    /// </summary>
    [AtLeast(0)] public double? StepSize { get; init => field = Require.AtLeast(0, value); }

    /// <summary>Starts uniformly in the ball; otherwise at the image.</summary>
    public bool RandomStart { get; init; } = true;

    /// <summary>
    /// Independent runs; further ones attack only the examples still classified correctly. Of an example's results one
    /// that is misclassified is kept before one that is not; of those that are not, training takes the one of the
    /// higher loss and evaluation the last. (In Madry's own library the last restart wins always.)
    /// </summary>
    [AtLeast(1)] public int Restarts { get; init => field = Require.AtLeast(1, value); } = 1;

    /// <summary>
    /// What to maximise; by default the loss of the batch: in training that of the objective, in evaluation the margin.
    /// </summary>
    [FormerName("goal")] public AttackLossKind? Loss { get; init; }

    /// <summary>
    /// Starts at the image plus normal noise of this standard deviation, whatever <c>randomStart</c> is. Like
    /// TRADES's and MART's public code it brings to ball and box only what the first step has moved.
    /// </summary>
    [AtLeast(0)] public double? GaussianStart { get; init => field = Require.AtLeast(0, value); }

    /// <summary>
    /// A random start is on the ball's surface, in a uniformly random direction, before it is clamped to the box.
    /// </summary>
    public bool SurfaceStart { get; init; }

    /// <inheritdoc/>
    public string Name => $"pgd-{Steps}{(Restarts == 1 ? "" : $"x{Restarts}")}{Loss.Suffix()}";

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => Run(batch.With(Loss), Name);

    internal AttackResult Run(AttackBatch batch, string name)
    {
        if (batch.StopAtSuccess)
        {
            return RemainingExamples.Attack(batch, name, Restarts, (remaining, examples) =>
            {
                using var ball = examples.CreateBall();
                var start = Start(ball, Restarts == 1 ? examples.Random : examples.Random.With(remaining.Run));
                // Unlike in training, the start itself may succeed.
                if (GaussianStart is not null)
                    ball.Project(start);
                GradientAscent.Observed(examples, (start, Rule(batch.Threat)), Steps, remaining);
            });
        }
        using var noGrad = no_grad();
        batch = batch.FromStart();
        return Restarts == 1 ? new(AllSteps(batch)) : BestOfRestarts(batch, name);
    }

    /// <summary>
    /// Of each example a misclassified result before one that is not, then the one of the higher loss.
    /// </summary>
    private AttackResult BestOfRestarts(AttackBatch batch, string name)
    {
        using var scope = NewDisposeScope();
        var remaining = new RemainingExamples(batch, name);
        var highest = full_like(batch.Loss.Labels, float.NegativeInfinity, batch.Images.dtype);
        for (var restart = 0; restart < Restarts && remaining.Any; restart++)
        {
            using var restartScope = NewDisposeScope();
            var rows = remaining.Rows;
            var examples = batch.Select(rows);
            var adversarial = AllSteps(examples with { Random = examples.Random.With(restart) });
            var logits = examples.Loss.Logits(batch.Classifier, adversarial);
            var losses = examples.Loss.PerExample(logits);
            var correct = logits.argmax(1).eq(examples.Loss.Labels);
            var better = correct.logical_not().logical_or(losses > highest.index_select(0, rows));
            highest.index_copy_(0, rows, where(better, losses, highest.index_select(0, rows)));
            remaining.Keep(adversarial, better);
            remaining.Leave(correct, adversarial, Steps);
        }
        return new(remaining.Result().Images);
    }

    private Tensor AllSteps(AttackBatch batch)
    {
        using var ball = batch.CreateBall();
        return GradientAscent.AllSteps(batch, Start(ball, batch.Random), Steps, Rule(batch.Threat));
    }

    private Tensor Start(Ball ball, RandomSource random)
    {
        if (GaussianStart is not { } deviation)
        {
            return !RandomStart ? ball.Images.clone()
                : SurfaceStart ? ball.SurfaceStart(random)
                : ball.RandomStart(random);
        }
        var start = random.Normal(ball.Images).mul_(deviation).add_(ball.Images);
        if (Steps == 0)
            ball.Project(start);
        return start;
    }

    private SteepestStep Rule(ThreatModel threat) =>
        new(StepSize is { } size ? threat.Step(size) : 2.5 * threat.Epsilon / Steps);
}
