namespace Trainer.Engine.Networks;

/// <summary>The place of a tensor in a flat buffer.</summary>
/// <param name="Key">The tensor's key in the state dict.</param>
/// <param name="Offset">The first element's place in the buffer.</param>
/// <param name="Shape">The tensor's shape.</param>
/// <param name="ChannelsLast">Whether a convolution's weight [O, I, H, W] is stored as [O, H, W, I].</param>
public sealed record Segment(string Key, long Offset, long[] Shape, bool ChannelsLast)
{
    /// <summary>The number of elements.</summary>
    public long Length { get; } = Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The tensor as a view of a flat buffer: changes of one show in the other.</summary>
    /// <param name="flat">[L], any dtype and device.</param>
    public Tensor Of(Tensor flat)
    {
        using var scope = NewDisposeScope();
        var values = flat.narrow(0, Offset, Length);
        var view = ChannelsLast
            ? values.view(Shape[0], Shape[2], Shape[3], Shape[1]).permute(0, 3, 1, 2)
            : values.view(Shape);
        return view.MoveToOuterDisposeScope();
    }
}
