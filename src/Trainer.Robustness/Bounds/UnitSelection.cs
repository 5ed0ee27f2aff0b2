namespace Trainer.Robustness.Bounds;

/// <summary>Some of a node's values, as functions for a backward pass.</summary>
internal sealed class UnitSelection
{
    // What one layer's coefficients of a chunk of rows may take: 8 MB of float32.
    private const long Elements = 1 << 21;

    private readonly Func<Tensor, Tensor> group;
    private readonly Func<Tensor, ISpecification> specification;
    private readonly long size;

    private UnitSelection(
        Func<Tensor, Tensor> group, Func<Tensor, ISpecification> specification, long size, Tensor chosen)
    {
        (this.group, this.specification, this.size, Chosen) = (group, specification, size, chosen);
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
        var values = like(node);
        var chosen = all ? ones_like(interval.Lower, ScalarType.Bool)
            : interval.Lower.lt(0).logical_and(interval.Upper.gt(0));
        var windows = values.dim() == 4 ? graph.Windows(node) : null;
        var largest = graph.Nodes.Take(node.Index + 1).Max(earlier => like(earlier).numel());
        if (windows is not null && node.TakesWindows && windows.All(window => window.Value.FitsIn(like(window.Key))))
            return Single(part => new WindowSpecification(node, part, windows, like),
                windows.Max(window => window.Value.Size * window.Value.Size * like(window.Key).shape[1]));
        if (windows is not null && TiledSpecification.Tile(windows) is var tile
            && tile * tile < values.shape[2] * values.shape[3])
            return new(
                grouped => grouped.flatten(2), part => new TiledSpecification(values, part, windows),
                2 * tile * tile * largest, chosen);
        // Of many values of each image, functions of all images share their coefficients up to the first relaxed layer.
        var shared = chosen.flatten(1).any(0).sum().item<long>();
        return 2 * chosen.sum().item<long>() > values.shape[0] * shared
            ? new(grouped => grouped.flatten(1).unsqueeze(2), part => DenseSpecification.Units(values, part),
                2 * largest, chosen)
            : Single(part => new UnitSpecification(values, part), largest / values.shape[0]);

        UnitSelection Single(Func<Tensor, ISpecification> specification, long size) =>
            new(grouped => grouped.reshape(1, -1, 1), specification, 2 * size, chosen);
    }

    /// <summary>A node's values [N, …] by units: [N or 1, units, values of each].</summary>
    public Tensor Grouped(Tensor values) => group(values);

    /// <summary>The units in parts whose coefficients memory has room for: int64 [U] each.</summary>
    public IEnumerable<Tensor> Chunks() =>
        Units.shape[0] == 0 ? [] : Units.split(Math.Max(1, Elements / size));

    /// <summary>Some units, and the same with the sign changed.</summary>
    public ISpecification Specification(Tensor units) => specification(units);
}
