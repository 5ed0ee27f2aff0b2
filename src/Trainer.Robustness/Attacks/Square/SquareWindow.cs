namespace Trainer.Robustness.Attacks;

/// <summary>A square window for each example.</summary>
internal sealed class SquareWindow
{
    private readonly Tensor top;
    private readonly Tensor left;
    private readonly long side;
    private readonly long width;

    /// <param name="draws">
    /// Float32 [N, 2] in [0, 1): where the window is, of the places that it can have but for the last, which the public
    /// code leaves out, too.
    /// </param>
    /// <param name="side">Of the window.</param>
    /// <param name="height">Of the image.</param>
    /// <param name="width">Of the image.</param>
    public SquareWindow(Tensor draws, long side, long height, long width)
    {
        (this.side, this.width) = (side, width);
        top = draws.narrow(1, 0, 1).mul(height - side).floor_().reshape(-1, 1, 1, 1);
        left = draws.narrow(1, 1, 1).mul(width - side).floor_().reshape(-1, 1, 1, 1);
        InRows = Inside(arange(height, dtype: draws.dtype, device: draws.device).reshape(1, 1, -1, 1), top);
        InColumns = Inside(arange(width, dtype: draws.dtype, device: draws.device).reshape(1, 1, 1, -1), left);
    }

    /// <summary>Float32 [N, 1, H, 1]: 1 in the window's rows, 0 elsewhere.</summary>
    public Tensor InRows { get; }

    /// <summary>Float32 [N, 1, 1, W]: 1 in the window's columns, 0 elsewhere.</summary>
    public Tensor InColumns { get; }

    /// <summary>
    /// Int64 [N, C, side²]: the window's places in an image of which height and width are one dimension.
    /// </summary>
    public Tensor Places(long channels)
    {
        var offset = arange(side, dtype: top.dtype, device: top.device);
        var places = (top + offset.reshape(1, 1, -1, 1)) * width + left + offset;
        return places.to(ScalarType.Int64).reshape(-1, 1, side * side).expand(-1, channels, -1);
    }

    private Tensor Inside(Tensor position, Tensor first) =>
        (position >= first).logical_and(position < first + side).to(first.dtype);
}
