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
    /// <param name="rows">The functions.</param>
    /// <returns>Float [N, M].</returns>
    public Tensor Lower(GraphNode start, IRows rows) => Lower(start, rows, node => node.Index == 0);

    /// <summary>
    /// Lower bounds by the intervals before the last layer, in which the functions are folded; exact where no layer is
    /// relaxed.
    /// </summary>
    /// <param name="rows">Functions of the logits.</param>
    /// <returns>Float [N, M].</returns>
    public Tensor LowerByIntervals(IRows rows) => Lower(
        graph.Output, rows,
        node => node.Index == 0 || (!node.IsExact && (node != graph.Output || node.Rule is not LinearRule)));

    private Tensor Lower(GraphNode start, IRows rows, Func<GraphNode, bool> endsAt)
    {
        var waiting = new Tensor?[start.Index + 1];
        waiting[start.Index] = rows.Start;
        Tensor? least = null;
        for (var index = start.Index; index >= 0; index--)
        {
            if (waiting[index] is not { } coefficients)
                continue;
            waiting[index] = null;
            var node = graph.Nodes[index];
            if (endsAt(node))
            {
                Add(ref least, index == 0 ? region.Lower(coefficients, rows, node, Roundoff)
                    : Lower(coefficients, rows, node, bounds[index]!));
                continue;
            }
            var step = new BackwardStep(
                node, coefficients, rows, [.. node.Inputs.Select(input => bounds[input.Index]!)])
            {
                Slopes = Slopes.GetValueOrDefault(node),
                Roundoff = Roundoff,
            };
            foreach (var (input, result) in node.Inputs.Zip(node.Rule.Backward(step)))
                Add(ref waiting[input.Index], result);
            if (step.Constant is not null)
                Add(ref least, step.Constant);
            if (Errors[index] is { } error)
                Add(ref least, -rows.Sum(coefficients.abs(), error, node));
        }
        return least!;
    }

    private Tensor Lower(Tensor coefficients, IRows rows, GraphNode node, Interval values) =>
        rows.Sum(coefficients, values.Center, node) - rows.Sum(coefficients.abs(), Roundoff is null ? values.Radius
            : values.Radius + (values.Magnitude * Roundoff.OfSumOver(values.Radius)), node);

    private static void Add(ref Tensor? sum, Tensor term) => sum = sum is null ? term : sum + term;
}
