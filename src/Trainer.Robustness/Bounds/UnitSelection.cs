namespace Trainer.Robustness.Bounds;

/// <summary>Some of a node's values, in rows for a backward pass.</summary>
internal sealed class UnitSelection
{
    // What one layer's coefficients of a chunk of rows may take: 8 MB of float32.
    private const long Elements = 1 << 21;

    private readonly Func<Tensor, Tensor> group;
    private readonly Func<Tensor, ISpecification> rows;
    private readonly long size;

    private UnitSelection(Func<Tensor, Tensor> group, Func<Tensor, ISpecification> rows, long size, Tensor chosen)
    {
        (this.group, this.rows, this.size, Chosen) = (group, rows, size, chosen);
        Units = group(chosen).any(2).any(0).nonzero().flatten();
    }

    /// <summary>Bool [N, …], the values that were chosen.</summary>
    public Tensor Chosen { get; }

    /// <summary>Int64 [U], the units that hold any of them.</summary>
    public Tensor Units { get; }

    /// <summary>
    /// Chooses the values: pixels with the windows that they depend on, or channels of pixels, or single values, of all
    /// images or of some.
    /// </summary>
    /// <param name="graph">The network.</param>
    /// <param name="node">The node.</param>
    /// <param name="interval">Its interval.</param>
    /// <param name="all">Whether all values count, or unstable neurons alone.</param>
    /// <param name="like">Float [N, …] in the form of the values of the node or an earlier one.</param>
    public static UnitSelection Of(
        BoundGraph graph, GraphNode node, Interval interval, bool all, Func<GraphNode, Tensor> like)
    {
        var own = like(node);
        var windows = own.dim() == 4 ? graph.Windows(node) : null;
        var largest = graph.Nodes.Take(node.Index + 1).Max(earlier => like(earlier).numel());
        if (windows is not null && node.TakesWindows && windows.All(window => window.Value.FitsIn(like(window.Key))))
            return Choose(values => values.reshape(1, -1, 1), part => new WindowSpecification(node, part, windows, like),
                windows.Max(window => window.Value.Size * window.Value.Size * like(window.Key).shape[1]));
        if (windows is not null && TiledSpecification.Tile(windows) is var tile && tile * tile < own.shape[2] * own.shape[3])
            return Choose(
                values => values.flatten(2), part => new TiledSpecification(own, part, windows), tile * tile * largest);
        // Of many values of each image, rows for all images share their coefficients up to the first relaxed layer.
        var dense = Choose(values => values.flatten(1).unsqueeze(2), part => DenseSpecification.Units(own, part), largest);
        var single = Choose(
            values => values.reshape(1, -1, 1), part => new UnitSpecification(own, part), largest / own.shape[0]);
        return 2 * single.Units.shape[0] > own.shape[0] * dense.Units.shape[0] ? dense : single;

        UnitSelection Choose(Func<Tensor, Tensor> group, Func<Tensor, ISpecification> rows, long size)
        {
            var chosen = all ? ones_like(interval.Lower, ScalarType.Bool)
                : interval.Lower.lt(0).logical_and(interval.Upper.gt(0));
            return new(group, rows, 2 * size, chosen);
        }
    }

    /// <summary>A node's values [N, …] by units: [N or 1, units, values of each].</summary>
    public Tensor Grouped(Tensor values) => group(values);

    /// <summary>The units in parts whose rows memory has room for: int64 [U] each.</summary>
    public IEnumerable<Tensor> Chunks() =>
        Units.shape[0] == 0 ? [] : Units.split(Math.Max(1, Elements / size));

    /// <summary>The rows of some units.</summary>
    public ISpecification Specification(Tensor units) => rows(units);
}
