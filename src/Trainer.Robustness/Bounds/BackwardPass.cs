using Trainer.Robustness.Bounds.Rules;

namespace Trainer.Robustness.Bounds;

/// <summary>
/// Backward linear bounds (CROWN, Zhang et al. 2018, arXiv:1811.00866): a function of a node's values is bounded below
/// by one of the values before it, layer by layer, until its least value is known.
/// </summary>
/// <param name="graph">The network.</param>
/// <param name="region">The images.</param>
/// <param name="bounds">Of each node before the functions' own.</param>
internal sealed class BackwardPass(BoundGraph graph, InputRegion region, IReadOnlyList<Interval?> bounds)
{
    /// <summary>Float [N, S or 1, …] for some ReLUs' nodes: the slopes of their lower lines.</summary>
    public IReadOnlyDictionary<GraphNode, Tensor> Slopes { get; init; } = new Dictionary<GraphNode, Tensor>();

    /// <summary>Of the arithmetic; null for bounds that are not rounded.</summary>
    public Roundoff? Roundoff { get; init; }

    /// <summary>
    /// Of each node the largest error of its values by rounding: float [N or 1, …], or null for none.
    /// </summary>
    public IReadOnlyList<Tensor?> Errors { get; init; } = new Tensor?[graph.Nodes.Count];

    /// <summary>Lower bounds by linear bounds of all layers.</summary>
    /// <param name="start">The node whose values the functions are of.</param>
    /// <param name="specification">The functions.</param>
    /// <returns>Float [N, M].</returns>
    public Tensor Lower(GraphNode start, ISpecification specification) =>
        Lower(start, specification, node => node.Index == 0);

    /// <summary>
    /// Lower bounds by the intervals before the last layer, in which the functions are folded; exact where no layer is
    /// relaxed.
    /// </summary>
    /// <param name="specification">Functions of the logits.</param>
    /// <returns>Float [N, M].</returns>
    public Tensor LowerByIntervals(ISpecification specification) => Lower(
        graph.Output, specification,
        node => node.Index == 0 || (!node.IsExact && (node != graph.Output || node.Rule is not LinearRule)));

    private Tensor Lower(GraphNode start, ISpecification specification, Func<GraphNode, bool> endsAt)
    {
        var waiting = new Tensor?[start.Index + 1];
        waiting[start.Index] = specification.Matrix;
        Tensor? lower = null;
        for (var index = start.Index; index >= 0; index--)
        {
            if (waiting[index] is not { } coefficients)
                continue;
            waiting[index] = null;
            var node = graph.Nodes[index];
            if (endsAt(node))
            {
                Add(ref lower, index == 0 ? region.Concretise(coefficients, specification, node, Roundoff)
                    : Lower(coefficients, specification, node, bounds[index]!));
                continue;
            }
            var step = new BackwardStep(
                node, coefficients, specification, [.. node.Inputs.Select(input => bounds[input.Index]!)])
            {
                Slopes = Slopes.GetValueOrDefault(node),
                Roundoff = Roundoff,
            };
            foreach (var (input, result) in node.Inputs.Zip(node.Rule.Backward(step)))
                Add(ref waiting[input.Index], result);
            if (step.Constant is not null)
                Add(ref lower, step.Constant);
            if (Errors[index] is { } error)
                Add(ref lower, -specification.Sum(coefficients.abs(), error, node));
        }
        return lower!;
    }

    private Tensor Lower(Tensor coefficients, ISpecification specification, GraphNode node, Interval values)
    {
        var radius = Roundoff is null ? values.Radius
            : values.Radius + (values.Magnitude * Roundoff.OfSumOver(values.Radius));
        return specification.Sum(coefficients, values.Center, node)
            - specification.Sum(coefficients.abs(), radius, node);
    }

    private static void Add(ref Tensor? sum, Tensor term) => sum = sum is null ? term : sum + term;
}
