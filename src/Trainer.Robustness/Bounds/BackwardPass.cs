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

    /// <summary>Lower bounds by linear bounds of all layers.</summary>
    /// <param name="start">The node whose values the functions are of.</param>
    /// <param name="rows">The functions.</param>
    /// <returns>Float [N, M].</returns>
    public Tensor Least(GraphNode start, IRows rows) => Least(start, rows, node => node.Index == 0);

    /// <summary>
    /// Lower bounds by the intervals before the last layer, in which the functions are folded; exact where no layer is
    /// relaxed.
    /// </summary>
    /// <param name="rows">Functions of the logits.</param>
    /// <returns>Float [N, M].</returns>
    public Tensor LeastByIntervals(IRows rows) => Least(
        graph.Output, rows,
        node => node.Index == 0 || (!node.IsExact && (node != graph.Output || node.Rule is not LinearRule)));

    private Tensor Least(GraphNode start, IRows rows, Func<GraphNode, bool> endsAt)
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
                Add(ref least, index == 0 ? region.Least(coefficients, rows, node)
                    : Least(coefficients, rows, node, bounds[index]!));
                continue;
            }
            var step = new BackwardStep(
                node, coefficients, rows, [.. node.Inputs.Select(input => bounds[input.Index]!)])
            {
                Slopes = Slopes.GetValueOrDefault(node),
            };
            foreach (var (input, result) in node.Inputs.Zip(node.Rule.Backward(step)))
                Add(ref waiting[input.Index], result);
            if (step.Constant is not null)
                Add(ref least, step.Constant);
        }
        return least!;
    }

    private static Tensor Least(Tensor coefficients, IRows rows, GraphNode node, Interval values) =>
        rows.Sum(coefficients, values.Center, node) - rows.Sum(coefficients.abs(), values.Radius, node);

    private static void Add(ref Tensor? sum, Tensor term) => sum = sum is null ? term : sum + term;
}
