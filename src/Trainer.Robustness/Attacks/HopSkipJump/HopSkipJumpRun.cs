using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>One run of HopSkipJump over a batch, which examples leave once they are misclassified within ε.</summary>
/// <param name="attack">The settings.</param>
/// <param name="batch">Of whose classifier the predicted classes alone are used.</param>
internal sealed class HopSkipJumpRun(HopSkipJump attack, AttackBatch batch)
{
    // The first directions are probed so far from the boundary, of a range of 1.
    private const double FirstProbe = 0.1;
    private const int MostHalvings = 30;
    private const double Tiny = 1e-12;

    // Float32 has no smaller share of a distance.
    private const double LeastTolerance = 1.0 / (1 << 22);
    private readonly Classifier classifier = batch.Classifier;
    private readonly bool flat = batch.Threat.Norm == Norm.Linf;
    private AttackBatch batch = batch with { Images = batch.Images.clone() };

    /// <summary>Runs from given images.</summary>
    /// <param name="start">Float32 [N, C, H, W], each misclassified.</param>
    /// <param name="remaining">Receives the closest misclassified image of each example.</param>
    public void From(Tensor start, RemainingExamples remaining)
    {
        using var scope = NewDisposeScope();
        var (point, closest) = (start.clone(), start.clone());
        var distance = full([start.shape[0]], float.PositiveInfinity, start.dtype, start.device);
        var dimension = (double)start.numel() / start.shape[0];
        var tolerance = Math.Max(flat ? Math.Pow(dimension, -2) : Math.Pow(dimension, -1.5), LeastTolerance);
        for (var step = 0; step <= attack.Steps && remaining.Any; step++)
        {
            using var stay = Step(step);
            if (stay is null)
                continue;
            batch = batch.Keep(stay);
            RemainingExamples.Select(ref point, stay);
            RemainingExamples.Select(ref closest, stay);
            RemainingExamples.Select(ref distance, stay);
        }
        remaining.Keep(closest);

        // The first goes to the boundary alone. The rows that stay; null where all do.
        Tensor? Step(int number)
        {
            using var iteration = NewDisposeScope();
            var further = number == 0 ? point : Jump(point, Directions(number), number);
            point.copy_(ToBoundary(further, tolerance));
            var length = batch.Threat.Distance(batch.Images, point);
            closest.copy_(where((length < distance).reshape(-1, 1, 1, 1), point, closest));
            distance.copy_(minimum(length, distance));
            return remaining.Leave(distance > batch.Threat.Epsilon, closest, number)?.MoveToOuterDisposeScope();
        }

        // Float32 [M, C, H, W]: each example's by queries of its own, so that it does not depend on the others.
        Tensor Directions(int number)
        {
            var queries = (int)Math.Min(attack.InitialNumEvals * Math.Sqrt(number), attack.MaxNumEvals);
            var far = Lengths(point - batch.Images).flatten().mul(tolerance * (flat ? dimension : Math.Sqrt(dimension)))
                .to(ScalarType.Float64).cpu().data<double>().ToArray();
            var rows = far.Select((length, row) => Direction(
                point.narrow(0, row, 1), batch.Loss.Labels.narrow(0, row, 1), number == 1 ? FirstProbe
                : length, queries, batch.Random.Select([row]).With(number)));
            return cat([.. rows], 0);
        }
    }

    /// <summary>
    /// Monte Carlo's estimate of the direction in which the example is misclassified (arXiv:1904.02144, equation 16).
    /// </summary>
    /// <param name="point">Float32 [1, C, H, W], at the boundary.</param>
    /// <param name="label">Int64 [1].</param>
    /// <param name="probe">Distance of the queries from the point.</param>
    /// <param name="queries">How many.</param>
    /// <param name="random">Of this example and iteration.</param>
    private Tensor Direction(Tensor point, Tensor label, double probe, int queries, RandomSource random)
    {
        using var scope = NewDisposeScope();
        var like = point.new_empty([1, queries, .. point.shape[1..]]);
        var directions = (flat ? random.Uniform(like).mul_(2).sub_(1) : random.Normal(like)).squeeze(0);
        directions.div_(directions.square().sum([1, 2, 3], keepdim: true).sqrt_().add_(Tiny));
        var queried = (point + directions * probe).clamp_(0, 1);
        var signs = classifier.PredictUnchecked(queried).ne(label).to(point.dtype).mul_(2).sub_(1);
        var mean = signs.mean();
        // Where all signs are equal, the mean as a baseline would leave zero.
        var weights = where(mean.abs() >= 1, signs, signs - mean).reshape(-1, 1, 1, 1);
        var direction = ((queried - point) / probe * weights).mean([0], keepdim: true);
        return (flat ? direction.sign() : direction / (direction.square().sum().sqrt() + Tiny))
            .MoveToOuterDisposeScope();
    }

    /// <summary>
    /// One step along the directions, halved until its end is misclassified; the point itself where it never is.
    /// </summary>
    private Tensor Jump(Tensor point, Tensor directions, int number)
    {
        var result = point.clone();
        var length = Lengths(point - batch.Images) / Math.Sqrt(number);
        var rows = arange(point.shape[0], device: point.device);
        for (var halving = 0; halving < MostHalvings && rows.shape[0] > 0; halving++)
        {
            var further = (point + directions * length).clamp_(0, 1).index_select(0, rows);
            var arrived = classifier.PredictUnchecked(further).ne(batch.Loss.Labels.index_select(0, rows));
            var chosen = arrived.nonzero().squeeze(1);
            result.index_copy_(0, rows.index_select(0, chosen), further.index_select(0, chosen));
            rows = rows.index_select(0, arrived.logical_not().nonzero().squeeze(1));
            length = length / 2;
        }
        return result;
    }

    /// <summary>
    /// Binary search between the original and a misclassified image, down to the tolerance: a misclassified image near
    /// the boundary.
    /// </summary>
    private Tensor ToBoundary(Tensor further, double tolerance)
    {
        var original = batch.Images;
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
            var wrong = classifier.PredictUnchecked(image).ne(batch.Loss.Labels).reshape(-1, 1, 1, 1);
            result = where(wrong, image, result);
            (low, high) = (where(wrong, low, middle), where(wrong, middle, high));
        }
        return result;
    }

    /// <summary>Float32 [M, 1, 1, 1], in the norm that is minimised.</summary>
    private Tensor Lengths(Tensor change) => flat
        ? change.abs().amax([1, 2, 3], keepdim: true)
        : change.square().sum([1, 2, 3], keepdim: true).sqrt();
}
