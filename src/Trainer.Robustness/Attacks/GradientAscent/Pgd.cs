using Trainer.Robustness.Components;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// Projected gradient ascent (Madry et al. 2018, arXiv:1706.06083, section 2.1), by the sign of the gradient for L∞, by the
/// normalised gradient for L2 and for L1 by the sign of its largest hundredth, of the values that the box lets move (SLIDE,
/// Tramèr and Boneh 2019, arXiv:1904.13000), brought back to ball and box after each step: for L∞ and L1 to the nearest
/// point of both, for L2 by scaling and clamping, as the public code does.
/// </summary>
/// <param name="Steps">Gradient evaluations of each restart; 0 returns the start.</param>
/// <param name="StepSize">Length of one step in the threat model's norm, in image units; by default 2.5 ε / steps, as in
/// the paper's CIFAR-10 challenge.</param>
/// <param name="RandomStart">Starts uniformly in the ball; otherwise at the image.</param>
/// <param name="Restarts">Independent runs; further ones attack only the examples still classified correctly. Of an example's
/// results one that is misclassified is kept before one that is not; of those that are not, training takes the one of the higher
/// goal and evaluation the last. (In Madry's own library the last restart wins always.)</param>
/// <param name="Goal">What to maximise; by default what the user of the attack asks for.</param>
/// <param name="GaussianStart">Starts at the image plus normal noise of this standard deviation, whatever <c>randomStart</c>
/// says. Like TRADES's and MART's public code it brings to ball and box only what the first step has moved.</param>
/// <param name="SurfaceStart">A random start is on the ball's surface, in a uniformly random direction, before it is clamped to the box.</param>
[Component("pgd")]
public sealed record Pgd(
    int Steps, double? StepSize = null, bool RandomStart = true, int Restarts = 1, AttackLossKind? Goal = null, double? GaussianStart = null, bool SurfaceStart = false) : IAttack
{
    /// <summary>Gradient evaluations of each restart.</summary>
    [AtLeast(0)]
    public int Steps { get; init; } = Require.AtLeast(0, Steps);

    /// <summary>Length of one step, in image units; null for 2.5 ε / steps.</summary>
    [AtLeast(0)]
    public double? StepSize { get; init; } = StepSize is { } size ? Require.AtLeast(0, size, nameof(StepSize)) : null;

    /// <summary>Independent runs.</summary>
    [AtLeast(1)]
    public int Restarts { get; init; } = Require.AtLeast(1, Restarts);

    /// <summary>Standard deviation of a normal start, in image units; null for the start that <see cref="RandomStart"/> says.</summary>
    [AtLeast(0)]
    public double? GaussianStart { get; init; } = GaussianStart is { } deviation ? Require.AtLeast(0, deviation, nameof(GaussianStart)) : null;

    /// <inheritdoc/>
    public string Name => $"pgd-{Steps}{(Restarts == 1 ? "" : $"x{Restarts}")}{Goal.Suffix()}";

    /// <inheritdoc/>
    public Tensor PerturbUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random)
    {
        if (Restarts == 1)
            return Run(classifier, images, goal, threat, random);

        using var scope = NewDisposeScope();
        var best = new BestOfRestarts(classifier, images, goal, random);
        for (var restart = 0; restart < Restarts && best.AnyStanding; restart++)
        {
            using var restartScope = NewDisposeScope();
            var standing = best.Standing();
            best.Keep(standing, Run(classifier, standing.Images, standing.Goal, threat, standing.Random.With(restart)));
        }
        return best.Images.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public AttackResult RunUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random) =>
        RunUnchecked(classifier, images, goal, threat, random, Name);

    internal AttackResult RunUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random, string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var standing = new StandingExamples(classifier, images, goal, random);
        for (var restart = 0; restart < Restarts && standing.Any; restart++)
        {
            using var runScope = NewDisposeScope();
            var left = standing.Left();
            using var ball = threat.Around(left.Images);
            using var start = Start(ball, Restarts == 1 ? left.Random : left.Random.With(restart));
            // Unlike in training, the start itself is judged.
            if (GaussianStart is not null)
                ball.Project(start);
            var found = new GradientAscent(classifier, threat, Steps).Find(left.Images, start, left.Goal, new SteepestStep(StepLength(threat)), name, restart);
            standing.Keep(left, found);
        }
        return standing.Findings;
    }

    private Tensor Run(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random)
    {
        using var noGrad = no_grad();
        using var ball = threat.Around(images);
        var start = Start(ball, random);
        new GradientAscent(classifier, threat, Steps).Whole(ball, start, goal, new SteepestStep(StepLength(threat)));
        return start;
    }

    private Tensor Start(Ball ball, RandomSource random)
    {
        if (GaussianStart is not { } deviation)
            return !RandomStart ? ball.Images.clone() : SurfaceStart ? ball.SurfaceStart(random) : ball.RandomStart(random);
        var start = random.Normal(ball.Images).mul_(deviation).add_(ball.Images);
        if (Steps == 0)
            ball.Project(start);
        return start;
    }

    private double StepLength(ThreatModel threat) => StepSize is { } size ? threat.Step(size) : 2.5 * threat.Epsilon / Steps;
}
