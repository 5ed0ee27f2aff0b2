using Trainer.Robustness.Attacks;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Bounds;

/// <summary>
/// Verifies robustness: lower bounds of a classifier's margins over every image that an adversary may choose. The
/// network states its structure (<see cref="Models.INetworkGraph"/>), or is a Sequential of layers.
/// </summary>
public static class MarginBounds
{
    /// <summary>Steps of the ascent of <see cref="BoundMethod.AlphaCrown"/>.</summary>
    public const int AlphaSteps = 20;

    // The images that go through together.
    private const long Images = 32;

    /// <summary>
    /// Lower bounds of z_y − z_j for each class j, where y is the true class. If every bound except the true class's
    /// own is above 0, no admissible perturbation changes the class. The bounds are rounded outward in every layer, so
    /// that they hold for the network as it is computed in its dtype, in any order of its sums. They do not hold where
    /// convolutions go through transforms (Winograd, Fourier) or products are rounded to fewer digits (TensorFloat-32):
    /// logits of the images themselves that are outside of their own bounds are refused. The modules are in evaluation
    /// mode during the call.
    /// </summary>
    /// <param name="classifier">The network.</param>
    /// <param name="images">Float [N, C, H, W] in [0, 1], in the network's dtype.</param>
    /// <param name="labels">Int64 [N], the true classes.</param>
    /// <param name="threat">The adversary.</param>
    /// <param name="method">How the bounds are computed.</param>
    /// <returns>Float [N, K]; 0 for the true class.</returns>
    /// <exception cref="NotSupportedException">
    /// The network states no structure, has a layer without bounds, or computes logits of the images that are outside
    /// of their bounds.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// The arguments do not fit each other, or an image has a value outside [0, 1], where no bounds hold.
    /// </exception>
    public static Tensor Lower(
        Classifier classifier, Tensor images, Tensor labels, ThreatModel threat, BoundMethod method)
    {
        AttackArguments.CheckThreat(threat);
        AttackArguments.CheckForm(classifier, images);
        AttackArguments.CheckClasses(labels, nameof(labels), images.shape[0], classifier.Classes);
        AttackArguments.CheckDevice(labels, nameof(labels), images);
        if (images.shape[0] > 0)
            AttackArguments.CheckValues(images, nameof(images));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var evaluation = classifier.InEvaluationMode();
        var graph = BoundGraph.Record(classifier);
        if (images.shape[0] == 0)
            return images.new_zeros([0, classifier.Classes]).MoveToOuterDisposeScope();
        var parts = images.split(Images).Zip(labels.split(Images), (part, classes) =>
        {
            using var inner = NewDisposeScope();
            CheckLogits(graph, classifier, part);
            return Part(graph, new(part, threat), classes, classifier.Classes, method)
                .MoveToOuterDisposeScope();
        }).ToList();
        return cat(parts, 0).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Refuses a network without bounds in the mode of its modules, and prepares the process for their convolutions, so
    /// that what is computed before the first bounds is computed as after them. Dropout has no bounds in training mode.
    /// </summary>
    /// <exception cref="NotSupportedException">
    /// The network states no structure, or has a layer without bounds.
    /// </exception>
    public static void Check(Classifier classifier)
    {
        using var scope = NewDisposeScope();
        BoundGraph.Record(classifier);
    }

    /// <summary>The functions z_y − z_j of the logits, for each class j.</summary>
    /// <param name="labels">Int64 [N], the true classes y.</param>
    /// <param name="classes">K.</param>
    /// <param name="like">Of the wanted dtype and device.</param>
    internal static DenseSpecification Specification(Tensor labels, int classes, Tensor like)
    {
        var each = eye(classes, dtype: like.dtype, device: like.device);
        return new(each.index_select(0, labels).unsqueeze(1) - each.unsqueeze(0));
    }

    private static Tensor Part(
        BoundGraph graph, InputRegion region, Tensor labels, int classes, BoundMethod method)
    {
        var specification = Specification(labels, classes, region.Box.Lower);
        var roundoff = Roundoff.Of(specification.Matrix.dtype, graph.Nodes.Count);
        var bounds = method == BoundMethod.Ibp ? NetworkBounds.ByIntervals(graph, region, roundoff)
            : NetworkBounds.ByCrown(graph, region, roundoff);
        var byIntervals = bounds.LowerByIntervals(specification);
        return method == BoundMethod.Ibp ? byIntervals
            : maximum(byIntervals, method == BoundMethod.Crown ? bounds.LowerByCrown(specification)
            : LowerByAlphaCrown(graph, bounds, labels, specification));
    }

    /// <summary>Without the true class's own margin, which is 0 whatever the slopes.</summary>
    private static Tensor LowerByAlphaCrown(
        BoundGraph graph, NetworkBounds bounds, Tensor labels, DenseSpecification specification)
    {
        var (images, classes) = (labels.shape[0], specification.Matrix.shape[1]);
        var others = arange(classes - 1, device: labels.device).unsqueeze(0);
        others = others + others.ge(labels.unsqueeze(1)).to(ScalarType.Int64);
        var matrix = specification.Matrix.gather(1, others.unsqueeze(2).expand(images, classes - 1, classes));
        var lower = AlphaSlopes.Lower(graph, bounds, new(matrix), AlphaSteps);
        return zeros([images, classes], lower.dtype, lower.device).scatter(1, others, lower);
    }

    /// <summary>
    /// Refuses a network whose forward pass is not what its structure computes, or is computed less exactly than the
    /// bounds allow for.
    /// </summary>
    /// <exception cref="NotSupportedException">A logit is outside of its bounds.</exception>
    private static void CheckLogits(BoundGraph graph, Classifier classifier, Tensor images)
    {
        if (images.shape[0] == 0)
            return;
        var point = new InputRegion(images, new() { Norm = Norm.Linf, Epsilon = 0 });
        var roundoff = Roundoff.Of(images.dtype, graph.Nodes.Count);
        var (bounds, logits) = (NetworkBounds.ByIntervals(graph, point, roundoff)[graph.Output],
            classifier.Logits(images));
        // Where a logit is not finite, no margin is above 0.
        if (logits.lt(bounds.Lower).logical_or(logits.gt(bounds.Upper)).logical_and(logits.isfinite()).any()
            .item<bool>())
            throw new NotSupportedException($"Found logits of {classifier.Network.GetType()} that differ from what its "
                + "structure computes of the same images by more than rounding, so that no bounds hold. State in "
                + "Compute what forward computes, without hooks. On a GPU, where convolutions may be rounded more, "
                + "verify on the CPU.");
    }
}
