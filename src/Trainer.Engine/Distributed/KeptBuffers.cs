namespace Trainer.Engine.Distributed;

/// <summary>
/// Host memory that is kept between exchanges, one buffer a dtype: with new memory each time, a sum took several times
/// as long.
/// </summary>
/// <param name="isPinned">
/// Whether GPUs copy from it and into it without a detour: memory that the system does not move. Needs CUDA.
/// </param>
internal sealed class KeptBuffers(bool isPinned = false) : IDisposable
{
    private readonly Dictionary<ScalarType, Tensor> buffers = [];

    /// <summary>The beginning of the dtype's buffer, not initialised.</summary>
    /// <param name="dtype">Of the elements.</param>
    /// <param name="length">How many elements.</param>
    /// <returns>[length] on the CPU, contiguous: a view.</returns>
    public Tensor Take(ScalarType dtype, long length)
    {
        if (!buffers.TryGetValue(dtype, out var kept) || kept.numel() < length)
        {
            if (buffers.Remove(dtype, out var smaller))
                smaller.Dispose();
            buffers[dtype] = kept = New(dtype, length).DetachFromDisposeScope();
        }
        return kept.narrow(0, 0, length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var kept in buffers.Values)
            kept.Dispose();
        buffers.Clear();
    }

    private Tensor New(ScalarType dtype, long length)
    {
        var memory = empty([length], dtype);
        if (!isPinned)
            return memory;
        using (memory)
            return memory.pin_memory();
    }
}
