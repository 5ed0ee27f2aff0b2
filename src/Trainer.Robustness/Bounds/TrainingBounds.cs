using Trainer.Robustness.Bounds.Rules;

namespace Trainer.Robustness.Bounds;

/// <summary>
/// A batch's clean logits and interval bounds, with their graphs, for training. In training mode, batch norm takes the
/// clean images' statistics, also for bounds and other images.
/// </summary>
internal sealed class TrainingBounds
{
    // Below it, the regularisers count; as in the public code.
    private const double Tolerance = 0.5;
    private const double Tiny = 1e-12;

    private readonly BoundGraph graph;
    private readonly NetworkBounds intervals;
    private readonly DenseSpecification specification;

    /// <param name="classifier">The network in training.</param>
    /// <param name="images">Float [N, C, H, W] in the network's dtype, the clean images.</param>
    /// <param name="labels">Int64 [N], the true classes.</param>
    /// <param name="region">The images that bounds are over, in the network's dtype.</param>
    public TrainingBounds(Classifier classifier, Tensor images, Tensor labels, InputRegion region)
    {
        graph = BoundGraph.Record(classifier);
        Clean = graph.Forward(images);
        intervals = NetworkBounds.ByIntervals(graph, region);
        specification = MarginBounds.Specification(labels, classifier.Classes, Clean);
        Lower = intervals.LowerByIntervals(specification);
    }

    /// <summary>Float [N, K], the clean images' logits.</summary>
    public Tensor Clean { get; }

    /// <summary>
    /// Float [N, K]: lower bounds of the margins z_y − z_j by interval arithmetic; 0 for the true class.
    /// </summary>
    public Tensor Lower { get; }

    /// <summary>
    /// Float [N, K]: lower bounds of the negated margins z_j − z_y by interval arithmetic; 0 for the true class.
    /// </summary>
    public Tensor LowerOfNegatedMargins() => intervals.LowerByIntervals(new DenseSpecification(-specification.Matrix));

    /// <summary>
    /// Lower bounds of the margins z_y − z_j by linear bounds, with intermediate bounds by interval arithmetic.
    /// </summary>
    public Tensor LowerByCrown() => intervals.LowerByCrown(specification);

    /// <summary>Upper bounds of weighted sums of z_j − z_y by linear bounds.</summary>
    /// <param name="weights">Float [N, K].</param>
    /// <returns>Float [N].</returns>
    public Tensor UpperByCrown(Tensor weights) => -intervals.LowerByCrown(
        new DenseSpecification(weights.unsqueeze(1).bmm(specification.Matrix))).squeeze(1);

    /// <summary>Logits of other images with the statistics of the clean ones.</summary>
    /// <param name="images">Float [N, C, H, W].</param>
    public Tensor Logits(Tensor images) => graph.Forward(images.to(Clean.dtype));

    /// <summary>
    /// The regularisers of Shi et al. 2021 (arXiv:2103.17268), as in the public code: over the ReLUs, the mean of
    /// relu(½ − δ₀/δ) / ½, where δ is the mean radius before the ReLU and δ₀ that of the normalised images, and of how
    /// unlike the active and the inactive values are, in mean and in variance.
    /// </summary>
    /// <returns>Float [].</returns>
    public Tensor Regularizer()
    {
        var first = intervals[graph.Images].Radius.mean();
        var relus = graph.Nodes.Where(node => node.Rule is ReluRule).Select(node => intervals[node.Inputs[0]]).ToList();
        var terms = relus.Select(values => Shortfall(first / values.Radius.mean().clamp_min(Tiny)) + Imbalance(values));
        return terms.Aggregate(zeros_like(first), (sum, term) => sum + term) / Math.Max(1, relus.Count);
    }

    private static Tensor Shortfall(Tensor ratio) => (Tolerance - ratio).relu() / Tolerance;

    private static Tensor Imbalance(Interval values)
    {
        var center = values.Center;
        var active = values.Lower.gt(0).to(center.dtype);
        var inactive = values.Upper.lt(0).to(center.dtype);
        var squares = (center - center.mean()).square();
        var sum = Shortfall(Balance((center * active).mean(), -(center * inactive).mean()))
            + Shortfall(Balance((squares * active).sum(), (squares * inactive).sum()));
        // Where every neuron is unstable, there is nothing to balance.
        return sum * maximum(active, inactive).amax();
    }

    /// <summary>The smaller one over the larger one.</summary>
    private static Tensor Balance(Tensor active, Tensor inactive)
    {
        var ratio = active / inactive.clamp_min(Tiny);
        return minimum(ratio, 1 / ratio.clamp_min(Tiny));
    }
}
