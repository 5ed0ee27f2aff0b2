namespace Trainer.Robustness.Bounds;

/// <summary>Some of a node's values, in rows for a backward pass: channels of pixels or single values.</summary>
internal sealed class UnitBounds
{
    // What one layer's coefficients of a chunk of rows may take: 64 MB of float32.
    private const long Elements = 1 << 24;

    private readonly IReadOnlyDictionary<GraphNode, Window>? windows;
    private readonly Tensor like;
    private readonly Tensor places;

    private UnitBounds(IReadOnlyDictionary<GraphNode, Window>? windows, Tensor like, Tensor places) =>
        (this.windows, this.like, this.places) = (windows, like, places);

    /// <summary>Chooses the values.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="node">The node.</param>
    /// <param name="interval">Its interval.</param>
    /// <param name="all">Whether all values count, or those whose sign the interval does not tell.</param>
    public static UnitBounds Of(BoundGraph graph, GraphNode node, Interval interval, bool all)
    {
        var like = interval.Lower;
        var windows = like.dim() == 4 ? graph.Windows(node) : null;
        if (windows is not null && TiledRows.Tile(windows) is var tile && tile * tile >= like.shape[2] * like.shape[3])
            windows = null;
        var result = new UnitBounds(windows, like, like);
        var count = result.Grouped(like).shape[1];
        var places = all ? arange(count, ScalarType.Int64, like.device)
            : result.Grouped(interval.Lower.lt(0).logical_and(interval.Upper.gt(0))).any(2).any(0).nonzero().flatten();
        return new(windows, like, places);
    }

    /// <summary>A node's values [N, …] by units: [N, units, values of each].</summary>
    public Tensor Grouped(Tensor values) => windows is null ? values.flatten(1).unsqueeze(2) : values.flatten(2);

    /// <summary>The rows in parts that memory has room for.</summary>
    /// <param name="largest">The values of the largest layer, of all images.</param>
    public IEnumerable<(Tensor Places, IRows Rows)> Chunks(long largest)
    {
        var rows = windows is null ? 2 : 2 * TiledRows.Tile(windows) * TiledRows.Tile(windows);
        var size = Math.Max(1, Elements / (rows * largest));
        for (var first = 0L; first < places.shape[0]; first += size)
        {
            var part = places.narrow(0, first, Math.Min(size, places.shape[0] - first));
            yield return (part, windows is null ? DenseRows.Units(like, part) : new TiledRows(like, part, windows));
        }
    }
}
