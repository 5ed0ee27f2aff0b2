namespace Trainer.Engine.Networks;

/// <summary>
/// The places of several tensors in one flat buffer, each on a 64-byte boundary, with zeros between them.
/// </summary>
public sealed class FlatLayout
{
    // 64 bytes of the smallest dtype in use, bfloat16: the same offsets then serve every dtype.
    private const long Alignment = 32;

    /// <summary>Lays tensors out in their order.</summary>
    /// <param name="tensors">Keys and tensors.</param>
    /// <param name="channelsLast">Whether convolution weights (rank 4) are stored channels-last.</param>
    public FlatLayout(IEnumerable<(string Key, Tensor Tensor)> tensors, bool channelsLast)
    {
        var segments = new List<Segment>();
        foreach (var (key, tensor) in tensors)
        {
            var segment = new Segment(key, Length, tensor.shape, channelsLast && tensor.shape.Length == 4);
            segments.Add(segment);
            Length += (segment.Length + Alignment - 1) / Alignment * Alignment;
        }
        Segments = segments;
    }

    /// <summary>The tensors' places, in order.</summary>
    public IReadOnlyList<Segment> Segments { get; }

    /// <summary>
    /// The buffer's number of elements, padding included. The first segment begins after 0: see
    /// <see cref="FlatParameters.Verify"/>.
    /// </summary>
    public long Length { get; } = Alignment;

    /// <summary>
    /// Sets the places between the tensors back to zero: a step whose gradient norm was not finite leaves its mark
    /// there too.
    /// </summary>
    /// <param name="flat">A buffer of this layout.</param>
    public void ClearPadding(Tensor flat)
    {
        using var scope = NewDisposeScope();
        var from = 0L;
        foreach (var (first, next) in Segments.Select(segment => (segment.Offset, segment.Offset + segment.Length))
            .Append((Length, Length)))
        {
            flat.narrow(0, from, first - from).zero_();
            from = next;
        }
    }

    /// <summary>Every tensor as a view of a buffer of this layout.</summary>
    public IReadOnlyList<(string Key, Tensor Tensor)> Views(Tensor flat) =>
        [.. Segments.Select(segment => (segment.Key, segment.Of(flat)))];
}
