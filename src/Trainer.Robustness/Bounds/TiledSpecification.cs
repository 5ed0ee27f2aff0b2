namespace Trainer.Robustness.Bounds;

/// <summary>
/// The values of some channels of a node of pixels, and the same with the sign changed. A row holds every t-th pixel in
/// both directions, with t so large that these depend on different pixels of every earlier layer: t · t rows do for a
/// channel, whatever the size of the image.
/// </summary>
internal sealed class TiledSpecification : ISpecification
{
    private readonly IReadOnlyDictionary<GraphNode, Window> windows;
    private readonly long tile;
    private readonly long count;
    private readonly Tensor mask;

    /// <param name="like">Float [N, C, H, W], the node's values.</param>
    /// <param name="channels">Int64 [U], some of the channels.</param>
    /// <param name="windows">Of the node, for every earlier one.</param>
    public TiledSpecification(Tensor like, Tensor channels, IReadOnlyDictionary<GraphNode, Window> windows)
    {
        this.windows = windows;
        (tile, count) = (Tile(windows), channels.shape[0]);
        var (height, width) = (like.shape[2], like.shape[3]);
        mask = (At(height).reshape(tile, 1, height, 1) * At(width).reshape(1, tile, 1, width)).to(like.dtype);
        var one = nn.functional.one_hot(channels, like.shape[1]).to(like.dtype);
        var rows = (one.reshape(count, 1, 1, like.shape[1], 1, 1) * mask.reshape(1, tile, tile, 1, height, width))
            .flatten(0, 2);
        Matrix = cat([rows, -rows], 0).unsqueeze(0);

        // [t, size], 1 where a position leaves the remainder of its row.
        Tensor At(long size) => arange(size, device: like.device).remainder(tile).unsqueeze(0)
            .eq(arange(tile, device: like.device).unsqueeze(1)).to(ScalarType.Float32);
    }

    /// <inheritdoc/>
    public Tensor Matrix { get; }

    /// <summary>How far pixels of one row must be apart.</summary>
    public static long Tile(IReadOnlyDictionary<GraphNode, Window> windows) =>
        windows.Values.Max(window => (window.Size + window.Stride - 1) / window.Stride);

    /// <inheritdoc/>
    public Tensor Sum(Tensor coefficients, Tensor values, GraphNode node)
    {
        var window = windows[node];
        long[] size = [window.Size, window.Size];
        var sums = coefficients.shape[0] == 1 ? SumOfChannels(coefficients[0], values)
            : (coefficients * values.unsqueeze(1)).sum(2);
        return Select(nn.functional.avg_pool2d(Padded(sums, window), size, [window.Stride, window.Stride]))
            * (window.Size * window.Size);
    }

    /// <inheritdoc/>
    public Tensor Max(Tensor coefficients, GraphNode node)
    {
        var window = windows[node];
        long[] size = [window.Size, window.Size];
        return Select(nn.functional.max_pool2d(
            Padded(coefficients.amax(2), window), size, [window.Stride, window.Stride]));
    }

    /// <summary>By a product of matrices for each pixel.</summary>
    /// <param name="coefficients">Float [S, C, H, W].</param>
    /// <param name="values">Float [N or 1, C, H or 1, W or 1].</param>
    /// <returns>Float [N or 1, S, H, W].</returns>
    private static Tensor SumOfChannels(Tensor coefficients, Tensor values)
    {
        long[] size = [values.shape[0], .. coefficients.shape[1..]];
        var pixels = coefficients.flatten(2).permute(2, 0, 1).bmm(values.expand(size).flatten(2).permute(2, 1, 0));
        return pixels.permute(2, 1, 0).reshape(size[0], coefficients.shape[0], size[2], size[3]);
    }

    private Tensor Padded(Tensor values, Window window) => window.Padded(values, mask.shape[2], mask.shape[3]);

    /// <summary>Of each row, the windows of its own pixels: [N, S, H, W] to [N, 2·U·H·W].</summary>
    private Tensor Select(Tensor pooled) =>
        (pooled.reshape([pooled.shape[0], 2 * count, .. mask.shape]) * mask).sum(2, 3).flatten(1);
}
