namespace Trainer.Robustness.Bounds;

/// <summary>
/// Intervals of all values of a network over a region of images, and lower bounds of its margins. With a roundoff they
/// hold for the network as it is computed; without one, in training, for exact arithmetic.
/// </summary>
internal sealed class NetworkBounds
{
    private readonly BoundGraph graph;
    private readonly InputRegion region;
    private readonly Roundoff? roundoff;
    private readonly Interval?[] intervals;
    private readonly Tensor?[] errors;

    private NetworkBounds(BoundGraph graph, InputRegion region, Roundoff? roundoff)
    {
        (this.graph, this.region, this.roundoff) = (graph, region, roundoff);
        (intervals, errors) = (new Interval?[graph.Nodes.Count], new Tensor?[graph.Nodes.Count]);
    }

    /// <summary>The interval of a node's values.</summary>
    public Interval this[GraphNode node] => intervals[node.Index]!;

    /// <summary>
    /// By interval arithmetic, layer by layer (IBP, Gowal et al. 2018, arXiv:1810.12715); for L2 and L1, by the dual
    /// norm in the first layer.
    /// </summary>
    /// <param name="graph">The network.</param>
    /// <param name="region">The images.</param>
    /// <param name="roundoff">Of the arithmetic; null for bounds that are not rounded.</param>
    public static NetworkBounds ByIntervals(BoundGraph graph, InputRegion region, Roundoff? roundoff = null)
    {
        var result = new NetworkBounds(graph, region, roundoff);
        result.Propagate((_, interval) => interval);
        return result;
    }

    /// <summary>By backward linear bounds of each value that a layer is relaxed by (CROWN).</summary>
    /// <param name="graph">The network.</param>
    /// <param name="region">The images.</param>
    /// <param name="roundoff">Of the arithmetic; null for bounds that are not rounded.</param>
    /// <param name="keepsIntervals">
    /// Whether interval bounds count too: the better of both is taken, and neurons stable by them are left.
    /// Otherwise it is CROWN alone.
    /// </param>
    public static NetworkBounds ByCrown(
        BoundGraph graph, InputRegion region, Roundoff? roundoff = null, bool keepsIntervals = true)
    {
        var result = new NetworkBounds(graph, region, roundoff);
        result.Propagate((node, interval) => node.IsExact || !graph.RelaxedInputs.Contains(node) ? interval
            : keepsIntervals ? interval.Intersect(result.Refine(node, interval, graph.PooledInputs.Contains(node)))
            : result.Refine(node, interval, all: true));
        return result;
    }

    /// <summary>The lower bounds of functions of the logits by the intervals before the last layer.</summary>
    public Tensor LowerByIntervals(ISpecification specification) =>
        Pass().LowerByIntervals(specification);

    /// <summary>The lower bounds of functions of the logits by linear bounds of all layers.</summary>
    /// <param name="specification">The functions.</param>
    /// <param name="slopes">Of some ReLUs' lower lines; null for none.</param>
    public Tensor LowerByCrown(
        ISpecification specification, IReadOnlyDictionary<GraphNode, Tensor>? slopes = null) =>
        Pass(slopes).Lower(graph.Output, specification);

    /// <summary>
    /// Computes the intervals in the caller's dispose scope; what an inner scope computed would be disposed with it.
    /// </summary>
    public void Compute()
    {
        foreach (var interval in intervals.OfType<Interval>())
            interval.Compute();
    }

    private BackwardPass Pass(IReadOnlyDictionary<GraphNode, Tensor>? slopes = null) => new(graph, region, intervals)
    {
        Slopes = slopes ?? new Dictionary<GraphNode, Tensor>(),
        Roundoff = roundoff,
        Errors = errors,
    };

    private void Propagate(Func<GraphNode, Interval, Interval> refine)
    {
        intervals[0] = region.Box;
        foreach (var node in graph.Nodes.Skip(1))
        {
            Interval[] inputs = [.. node.Inputs.Select(input => this[input])];
            var interval = node.Rule.Bounds(inputs);
            if (roundoff is not null && node.Rule.Rounding(inputs, roundoff) is { } error)
            {
                interval = interval.Widen(error);
                // Backward bounds add up the constants of all values.
                errors[node.Index] = node.Rule.Constants(error.dim()) is not { } constants ? error
                    : error + (constants * roundoff.OfSumOver(error));
            }
            if (!region.IsBox && node is { IsExact: true, Rule.Mixes: true })
                interval = interval.Intersect(Refine(node, interval, all: true));
            intervals[node.Index] = refine(node, interval);
        }
    }

    /// <summary>Backward bounds of a node's values: of all of them, or of its unstable neurons.</summary>
    private Interval Refine(GraphNode node, Interval interval, bool all)
    {
        var selection = UnitSelection.Of(
            graph, node, interval, all, earlier => (earlier == node ? interval : this[earlier]).Center);
        var pass = Pass();
        Compute();
        var (lower, upper) = (selection.Grouped(interval.Lower), selection.Grouped(interval.Upper));
        var found = selection.Chunks().Select(units =>
        {
            using var scope = NewDisposeScope();
            return pass.Lower(node, selection.Specification(units)).reshape(lower.shape[0], 2, units.shape[0], -1)
                .MoveToOuterDisposeScope();
        }).ToList();
        if (found.Count == 0)
            return interval;
        var ends = cat(found, 2);
        return Interval.Between(
            Replaced(lower, ends.select(1, 0), interval.Lower), Replaced(upper, -ends.select(1, 1), interval.Upper));

        // Bounds of an image do not depend on what else is in its batch: rows of several images may hold values of it
        // that were not chosen.
        Tensor Replaced(Tensor grouped, Tensor bounds, Tensor before) => where(
            selection.Chosen, grouped.index_copy(1, selection.Units, bounds).reshape(before.shape), before);
    }
}
