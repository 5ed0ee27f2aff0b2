namespace Trainer.Robustness;

/// <summary>
/// Modules' buffers as they are when it is made, the running statistics of batch norm: they come back when it is
/// disposed.
/// </summary>
public sealed class BufferSnapshot : IDisposable
{
    private readonly List<(Tensor Buffer, Tensor Former)> buffers;

    /// <summary>Copies the buffers.</summary>
    public BufferSnapshot(params ReadOnlySpan<Module> modules) =>
        buffers = [.. modules.ToArray().SelectMany(module => module.buffers())
        .Select(buffer => (buffer, buffer.clone().DetachFromDisposeScope()))];

    /// <inheritdoc/>
    public void Dispose()
    {
        using var noGrad = no_grad();
        foreach (var (buffer, former) in buffers)
        {
            buffer.copy_(former);
            former.Dispose();
        }
    }
}
