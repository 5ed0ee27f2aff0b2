using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>One walk of HopSkipJump over a batch, which examples leave once they are broken within ε.</summary>
/// <param name="classifier">Of which the predicted classes alone are used.</param>
/// <param name="threat">Whose norm measures the distance.</param>
/// <param name="attack">Its settings.</param>
internal sealed class HopSkipJumpRun(Classifier classifier, ThreatModel threat, HopSkipJump attack)
{
    // The first directions are tried so far from the boundary, of a range of 1.
    private const double FirstProbe = 0.1;
    private const int MostHalvings = 30;
    private const double Tiny = 1e-12;

    // Float32 tells no smaller share of a way.
    private const double LeastTolerance = 1.0 / (1 << 22);
    private readonly bool flat = threat.Norm == Norm.Linf;

    /// <summary>Walks from given images.</summary>
    /// <param name="examples">What is attacked.</param>
    /// <param name="start">Float32 [N, C, H, W], each misclassified.</param>
    /// <returns>The closest misclassified image of each example.</returns>
    public AttackResult From(StandingExamples.Selection examples, Tensor start)
    {
        using var scope = NewDisposeScope();
        var running = new RunningExamples(examples.Images, attack.Name, 0);
        var (original, labels, random) = (examples.Images.clone(), examples.Goal.Labels.clone(), examples.Random);
        var (point, closest) = (start.clone(), start.clone());
        var distance = full([start.shape[0]], float.PositiveInfinity, start.dtype, start.device);
        var dimension = (double)original.numel() / original.shape[0];
        var tolerance = Math.Max(flat ? Math.Pow(dimension, -2) : Math.Pow(dimension, -1.5), LeastTolerance);
        for (var step = 0; step <= attack.Steps && running.Any; step++)
        {
            using var stay = Step(step);
            if (stay is null)
                continue;
            random = random.Select([.. stay.cpu().data<long>()]);
            RunningExamples.Keep(ref original, stay);
            RunningExamples.Keep(ref labels, stay);
            RunningExamples.Keep(ref point, stay);
            RunningExamples.Keep(ref closest, stay);
            RunningExamples.Keep(ref distance, stay);
        }
        return running.Findings(closest);

        // The first goes to the boundary alone. The rows that go on; null where all do.
        Tensor? Step(int number)
        {
            using var iteration = NewDisposeScope();
            var further = number == 0 ? point : Jump(original, point, Directions(number), labels, number);
            point.copy_(ToBoundary(original, further, labels, tolerance));
            var length = threat.Distance(original, point);
            closest.copy_(where((length < distance).reshape(-1, 1, 1, 1), point, closest));
            distance.copy_(minimum(length, distance));
            return running.Judge(distance > threat.Epsilon, closest, number)?.MoveToOuterDisposeScope();
        }

        // Float32 [M, C, H, W]: each example's by queries of its own, so that it does not depend on the others.
        Tensor Directions(int number)
        {
            var queries = (int)Math.Min(attack.InitialNumEvals * Math.Sqrt(number), attack.MaxNumEvals);
            var far = Lengths(point - original).flatten().mul(tolerance * (flat ? dimension : Math.Sqrt(dimension))).to(ScalarType.Float64).cpu().data<double>().ToArray();
            var rows = far.Select((length, row) => Direction(
                point.narrow(0, row, 1), labels.narrow(0, row, 1), number == 1 ? FirstProbe : length, queries, random.Select([row]).With(number)));
            return cat([.. rows], 0);
        }
    }

    /// <summary>Monte Carlo's estimate of the direction in which the example is misclassified (arXiv:1904.02144, equation 16).</summary>
    /// <param name="point">Float32 [1, C, H, W], at the boundary.</param>
    /// <param name="label">Int64 [1].</param>
    /// <param name="probe">How far from the point to ask.</param>
    /// <param name="queries">How often.</param>
    /// <param name="random">Of this example and iteration.</param>
    private Tensor Direction(Tensor point, Tensor label, double probe, int queries, RandomSource random)
    {
        using var scope = NewDisposeScope();
        var like = point.new_empty([1, queries, .. point.shape[1..]]);
        var directions = (flat ? random.Uniform(like).mul_(2).sub_(1) : random.Normal(like)).squeeze(0);
        directions.div_(directions.square().sum([1, 2, 3], keepdim: true).sqrt_().add_(Tiny));
        var asked = (point + directions * probe).clamp_(0, 1);
        var answers = classifier.PredictUnchecked(asked).ne(label).to(point.dtype).mul_(2).sub_(1);
        var mean = answers.mean();
        // Where all answers are one, the mean as a baseline would leave nothing.
        var weights = where(mean.abs() >= 1, answers, answers - mean).reshape(-1, 1, 1, 1);
        var direction = ((asked - point) / probe * weights).mean([0], keepdim: true);
        return (flat ? direction.sign() : direction / (direction.square().sum().sqrt() + Tiny)).MoveToOuterDisposeScope();
    }

    /// <summary>One step away from the boundary, halved until it ends on the other side; the point itself where it never does.</summary>
    private Tensor Jump(Tensor original, Tensor point, Tensor directions, Tensor labels, int number)
    {
        var result = point.clone();
        var length = Lengths(point - original) / Math.Sqrt(number);
        var rows = arange(point.shape[0], device: point.device);
        for (var halving = 0; halving < MostHalvings && rows.shape[0] > 0; halving++)
        {
            var further = (point + directions * length).clamp_(0, 1).index_select(0, rows);
            var arrived = classifier.PredictUnchecked(further).ne(labels.index_select(0, rows));
            var chosen = arrived.nonzero().squeeze(1);
            result.index_copy_(0, rows.index_select(0, chosen), further.index_select(0, chosen));
            rows = rows.index_select(0, arrived.logical_not().nonzero().squeeze(1));
            length = length / 2;
        }
        return result;
    }

    /// <summary>The misclassified end of the last piece of the way from the original, bisected down to the tolerance.</summary>
    private Tensor ToBoundary(Tensor original, Tensor further, Tensor labels, double tolerance)
    {
        var most = Lengths(further - original);
        var low = zeros_like(most);
        var high = ones_like(most);
        var result = further;
        for (var width = 1.0; width > tolerance; width /= 2)
        {
            var middle = (low + high) / 2;
            var image = flat
                ? maximum(minimum(further, original + middle * most), original - middle * most)
                : original * (1 - middle) + further * middle;
            var broken = classifier.PredictUnchecked(image).ne(labels).reshape(-1, 1, 1, 1);
            result = where(broken, image, result);
            (low, high) = (where(broken, low, middle), where(broken, middle, high));
        }
        return result;
    }

    /// <summary>Float32 [M, 1, 1, 1], by the norm that the walk goes by.</summary>
    private Tensor Lengths(Tensor change) => flat
        ? change.abs().amax([1, 2, 3], keepdim: true)
        : change.square().sum([1, 2, 3], keepdim: true).sqrt();
}
