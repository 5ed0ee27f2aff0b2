namespace Trainer.Robustness;

/// <summary>A module's buffers as they are when it is made: the running statistics of batch norm. They come back when it is disposed.</summary>
internal sealed class BufferSnapshot : IDisposable
{
    private readonly List<(Tensor Buffer, Tensor Former)> buffers;

    public BufferSnapshot(TorchSharp.torch.nn.Module module) =>
        buffers = [.. module.buffers().Select(buffer => (buffer, buffer.clone().DetachFromDisposeScope()))];

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
