using Trainer.Robustness.Components;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// DeepFool (Moosavi-Dezfooli et al. 2016, arXiv:1511.04599): steps onto the nearest of the linearised boundaries until one
/// is crossed. For L1 a step changes the one value of the greatest gradient that the box lets move. Departure: iterates are
/// clamped to the box, so that the result is an image.
/// </summary>
/// <param name="Steps">Iterations at most, of one forward pass and a backward pass for each class.</param>
/// <param name="Overshoot">By what share the sum of the steps is lengthened.</param>
[Component("deepfool")]
public sealed record DeepFool(int Steps = 50, double Overshoot = 0.02) : IAttack
{
    // Keeps a step from ending short of the boundary, and a zero gradient from dividing.
    private const double Tiny = 1e-8;

    /// <summary>Iterations at most.</summary>
    [AtLeast(1)]
    public int Steps { get; init; } = Require.AtLeast(1, Steps);

    /// <summary>By what share the steps are lengthened.</summary>
    [AtLeast(0)]
    public double Overshoot { get; init; } = Require.AtLeast(0, Overshoot);

    /// <inheritdoc/>
    public string Name => "deepfool";

    /// <inheritdoc/>
    public GoalKind? Goal => null;

    /// <summary>None: an example is broken if and only if the change that was found is within ε.</summary>
    public double Bound(ThreatModel threat) => double.PositiveInfinity;

    /// <inheritdoc/>
    public Tensor Perturb(Classifier classifier, Tensor images, AttackGoal goal, ThreatModel threat, RandomSource random)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var change = zeros_like(images);
        var point = images.clone();
        for (var step = 0; step < Steps; step++)
        {
            using var iteration = NewDisposeScope();
            var (gaps, normals) = Boundaries(classifier, point, goal);
            var standing = gaps.amin(1) > 0;
            if (!standing.any().item<bool>())
                break;
            if (threat.Norm == Norm.L1)
                normals.mul_(Movable(normals, point.flatten(1).unsqueeze(1)));
            // In the dual norm.
            var lengths = threat.Norm switch
            {
                Norm.Linf => normals.abs().sum(2),
                Norm.L1 => normals.abs().amax(2),
                _ => normals.square().sum(2).sqrt(),
            };
            lengths.add_(Tiny);
            var (_, nearest) = (gaps / lengths).min(1);
            var row = nearest.unsqueeze(1);
            var (gap, length) = (gaps.gather(1, row) + Tiny, lengths.gather(1, row));
            var normal = normals.gather(1, row.unsqueeze(2).expand(-1, -1, normals.shape[2])).squeeze(1);
            var move = threat.Norm switch
            {
                Norm.Linf => normal.sign() * (gap / length),
                Norm.L1 => Largest(normal.sign() * (gap / length), normal),
                _ => normal * (gap / length.square()),
            };
            change.add_((move * standing.unsqueeze(1)).reshape(images.shape));
            point.copy_((images + change * (1 + Overshoot)).clamp_(0, 1));
        }
        return point.MoveToOuterDisposeScope();
    }

    /// <summary>Float32: 1 where a change along the normal stays in the box, 0 elsewhere.</summary>
    private static Tensor Movable(Tensor normals, Tensor point) =>
        (normals > 0).logical_and(point < 1).logical_or((normals < 0).logical_and(point > 0)).to(normals.dtype);

    /// <summary>The move of each row's greatest normal alone.</summary>
    private static Tensor Largest(Tensor move, Tensor normal)
    {
        var place = normal.abs().argmax(1, keepdim: true);
        return zeros_like(move).scatter(1, place, move.gather(1, place));
    }

    /// <summary>How far the true class leads over each other one [N, K − 1], and the gradients of the others' gain [N, K − 1, D].</summary>
    private static (Tensor Gaps, Tensor Normals) Boundaries(Classifier classifier, Tensor point, AttackGoal goal)
    {
        var gaps = new List<Tensor>();
        var normals = new List<Tensor>();
        for (var offset = 1; offset < classifier.Classes; offset++)
        {
            var at = goal.Replaced(new TargetedMarginGoal(goal.Labels, (goal.Labels + offset) % classifier.Classes)).At(classifier, point);
            gaps.Add(-at.Values);
            normals.Add(at.Gradient.flatten(1));
        }
        return (stack(gaps, 1), stack(normals, 1));
    }
}
