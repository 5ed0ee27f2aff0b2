namespace Trainer.Robustness.Bounds;

/// <summary>Intervals of all values of a network over a region of images, and lower bounds of its margins.</summary>
internal sealed class NetworkBounds
{
    private readonly BoundGraph graph;
    private readonly InputRegion region;
    private readonly Interval?[] intervals;

    private NetworkBounds(BoundGraph graph, InputRegion region) =>
        (this.graph, this.region, intervals) = (graph, region, new Interval?[graph.Nodes.Count]);

    /// <summary>The interval of a node's values.</summary>
    public Interval this[GraphNode node] => intervals[node.Index]!;

    /// <summary>
    /// By interval arithmetic, layer by layer (IBP, Gowal et al. 2018, arXiv:1810.12715); for L2 and L1, by the dual
    /// norm in the first layer.
    /// </summary>
    public static NetworkBounds ByIntervals(BoundGraph graph, InputRegion region)
    {
        var result = new NetworkBounds(graph, region);
        result.Propagate((_, interval) => interval);
        return result;
    }

    /// <summary>By backward linear bounds of each value that a layer is relaxed by (CROWN).</summary>
    /// <param name="graph">The network.</param>
    /// <param name="region">The images.</param>
    /// <param name="keepsIntervals">
    /// Whether interval bounds count too: the better of both is taken, and values whose sign intervals tell are left.
    /// Otherwise it is CROWN alone.
    /// </param>
    public static NetworkBounds ByCrown(BoundGraph graph, InputRegion region, bool keepsIntervals = true)
    {
        var result = new NetworkBounds(graph, region);
        result.Propagate((node, interval) => node.IsExact || !graph.RelaxedInputs.Contains(node) ? interval
            : keepsIntervals ? interval.Intersect(result.Refine(node, interval, graph.PooledInputs.Contains(node)))
            : result.Refine(node, interval, all: true));
        return result;
    }

    /// <summary>The lower bounds of functions of the logits by the intervals before the last layer.</summary>
    public Tensor LeastByIntervals(IRows rows) => new BackwardPass(graph, region, intervals).LeastByIntervals(rows);

    /// <summary>The lower bounds of functions of the logits by linear bounds of all layers.</summary>
    /// <param name="rows">The functions.</param>
    /// <param name="slopes">Of some ReLUs' lower lines; null for none.</param>
    public Tensor LeastByCrown(IRows rows, IReadOnlyDictionary<GraphNode, Tensor>? slopes = null) =>
        new BackwardPass(graph, region, intervals) { Slopes = slopes ?? new Dictionary<GraphNode, Tensor>() }
        .Least(graph.Output, rows);

    /// <summary>
    /// The largest sum of absolute terms that the last layer adds up in functions of the logits: what the rounding of
    /// their bounds is measured by.
    /// </summary>
    public Tensor Magnitude(DenseRows rows)
    {
        var around = intervals.Select(one => Interval.Around(zeros_like(one!.Center), one.Magnitude)).ToArray();
        var pass = new BackwardPass(graph, region, around);
        return -minimum(pass.LeastByIntervals(rows), pass.LeastByIntervals(new DenseRows(-rows.Start)));
    }

    private void Propagate(Func<GraphNode, Interval, Interval> refine)
    {
        intervals[0] = region.Box;
        foreach (var node in graph.Nodes.Skip(1))
        {
            var interval = node.Rule.Bounds([.. node.Inputs.Select(input => this[input])]);
            if (!region.IsBox && node is { IsExact: true, Rule.Mixes: true })
                interval = interval.Intersect(Refine(node, interval, all: true));
            intervals[node.Index] = refine(node, interval);
        }
    }

    /// <summary>Backward bounds of a node's values, of all of them or of those whose sign is not known.</summary>
    private Interval Refine(GraphNode node, Interval interval, bool all)
    {
        var units = UnitBounds.Of(
            graph, node, interval, all, earlier => (earlier == node ? interval : this[earlier]).Center);
        var pass = new BackwardPass(graph, region, intervals);
        // What one chunk computed of an interval would be disposed with it.
        foreach (var earlier in intervals.OfType<Interval>())
            earlier.Compute();
        var (lower, upper) = (units.Grouped(interval.Lower), units.Grouped(interval.Upper));
        var found = units.Chunks().Select(places =>
        {
            using var scope = NewDisposeScope();
            return pass.Least(node, units.Rows(places)).reshape(lower.shape[0], 2, places.shape[0], -1)
                .MoveToOuterDisposeScope();
        }).ToList();
        if (found.Count == 0)
            return interval;
        var ends = cat(found, 2);
        return Interval.Between(
            Replaced(lower, ends.select(1, 0), interval.Lower), Replaced(upper, -ends.select(1, 1), interval.Upper));

        // Bounds of an image do not depend on what else is in its batch: rows of several images may hold values of it
        // that were not chosen.
        Tensor Replaced(Tensor grouped, Tensor own, Tensor before) => where(
            units.Chosen, grouped.index_copy(1, units.Places, own).reshape(before.shape), before);
    }
}
