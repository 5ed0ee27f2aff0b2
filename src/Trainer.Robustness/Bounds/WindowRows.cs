namespace Trainer.Robustness.Bounds;

/// <summary>
/// Some pixels of a node, and the same with the sign changed, each with the coefficients of the window of pixels that it
/// depends on, inside the image and outside. The coefficients' first dimension are the two signs, their second the
/// pixels, of any images.
/// </summary>
internal sealed class WindowRows : IRows
{
    private readonly IReadOnlyDictionary<GraphNode, Window> windows;
    private readonly Func<GraphNode, Tensor> like;
    private readonly long rows;
    private readonly long columns;
    private readonly long firstImage;
    private readonly long images;
    private readonly Tensor imageOfEach;
    private readonly Tensor pixelOfEach;

    /// <param name="node">The node.</param>
    /// <param name="units">Int64 [U], positions in its flattened values [N, C, H, W], in ascending order.</param>
    /// <param name="windows">Of the node, for every earlier one.</param>
    /// <param name="like">Float [N, C, H, W] in the form of a node's values.</param>
    public WindowRows(
        GraphNode node, Tensor units, IReadOnlyDictionary<GraphNode, Window> windows, Func<GraphNode, Tensor> like)
    {
        (this.windows, this.like) = (windows, like);
        var values = like(node);
        (rows, columns) = (values.shape[2], values.shape[3]);
        var channels = units.div(rows * columns, RoundingMode.floor);
        imageOfEach = channels.div(values.shape[1], RoundingMode.floor);
        pixelOfEach = units.remainder(rows * columns);
        firstImage = imageOfEach[0].item<long>();
        images = imageOfEach[-1].item<long>() - firstImage + 1;
        var one = nn.functional.one_hot(channels.remainder(values.shape[1]), values.shape[1]).to(values.dtype);
        Start = stack([one, -one], 0).reshape(2, units.shape[0], values.shape[1], 1, 1);
    }

    /// <inheritdoc/>
    public Tensor Start { get; }

    /// <inheritdoc/>
    public Tensor At(Tensor values, GraphNode node)
    {
        var own = values.shape[0] == 1 ? values : values.narrow(0, firstImage, images);
        var (window, size) = (windows[node], like(node).shape[2..]);
        var padded = window.Padded(own.expand(own.shape[0], own.shape[1], size[0], size[1]), rows, columns);
        var each = padded.unfold(2, window.Size, window.Stride).unfold(3, window.Size, window.Stride)
            .permute(0, 2, 3, 1, 4, 5).flatten(0, 2);
        var places = values.shape[0] == 1 ? pixelOfEach
            : ((imageOfEach - firstImage) * (rows * columns)) + pixelOfEach;
        return each.index_select(0, places).unsqueeze(0);
    }

    /// <inheritdoc/>
    public Tensor Inside(Tensor coefficients, GraphNode node)
    {
        var (window, size) = (windows[node], like(node).shape[2..]);
        return window.IsInside(rows, size[0]) && window.IsInside(columns, size[1]) ? coefficients
            : coefficients * At(ones([1, 1, 1, 1], coefficients.dtype, coefficients.device), node);
    }

    /// <inheritdoc/>
    public Tensor Sum(Tensor coefficients, Tensor values, GraphNode node) => coefficients.flatten(2).transpose(0, 1)
        .bmm(At(values, node).expand([1, .. coefficients.shape[1..]]).flatten(2).squeeze(0).unsqueeze(2))
        .squeeze(2).t();

    /// <inheritdoc/>
    public Tensor Max(Tensor coefficients, GraphNode node) => Inside(coefficients, node).flatten(2).amax(2);
}
