namespace Trainer.Robustness.Bounds;

/// <summary>
/// Some pixels of a node, each with the coefficients of the window of pixels that it depends on, inside the image and
/// outside.
/// </summary>
internal sealed class WindowSpecification : UnitSpecification
{
    private readonly IReadOnlyDictionary<GraphNode, Window> windows;
    private readonly Func<GraphNode, Tensor> like;
    private readonly long rows;
    private readonly long columns;
    private readonly long first;
    private readonly long images;
    private readonly Tensor pixel;

    /// <param name="node">The node.</param>
    /// <param name="units">Int64 [U], positions in its flattened values [N, C, H, W], in ascending order.</param>
    /// <param name="windows">Of the node, for every earlier one.</param>
    /// <param name="like">Float [N, C, H, W] in the form of a node's values.</param>
    public WindowSpecification(
        GraphNode node, Tensor units, IReadOnlyDictionary<GraphNode, Window> windows, Func<GraphNode, Tensor> like)
        : base(like(node), units, like(node).shape[1], [like(node).shape[1], 1, 1])
    {
        (this.windows, this.like) = (windows, like);
        (rows, columns) = (like(node).shape[2], like(node).shape[3]);
        pixel = units.remainder(rows * columns);
        (first, images) = (Image[0].item<long>(), Image[-1].item<long>() - Image[0].item<long>() + 1);
    }

    /// <inheritdoc/>
    public override Tensor At(Tensor values, GraphNode node)
    {
        var nearby = values.shape[0] == 1 ? values : values.narrow(0, first, images);
        var (window, size) = (windows[node], like(node).shape[2..]);
        var padded = window.Padded(nearby.expand(nearby.shape[0], nearby.shape[1], size[0], size[1]), rows, columns);
        var each = padded.unfold(2, window.Size, window.Stride).unfold(3, window.Size, window.Stride)
            .permute(0, 2, 3, 1, 4, 5);
        var image = values.shape[0] == 1 ? zeros_like(Image) : Image - first;
        // All windows are copied where more are asked for than there are.
        var found = pixel.shape[0] > nearby.shape[0] * rows * columns
            ? each.flatten(0, 2).index_select(0, (image * (rows * columns)) + pixel)
            : each.index(
                TensorIndex.Tensor(image), TensorIndex.Tensor(pixel.div(columns, RoundingMode.floor)),
                TensorIndex.Tensor(pixel.remainder(columns)));
        return found.unsqueeze(0);
    }

    /// <inheritdoc/>
    public override Tensor Inside(Tensor coefficients, GraphNode node)
    {
        var (window, size) = (windows[node], like(node).shape[2..]);
        return window.IsInside(rows, size[0]) && window.IsInside(columns, size[1]) ? coefficients
            : coefficients * At(ones([1, 1, 1, 1], coefficients.dtype, coefficients.device), node);
    }
}
