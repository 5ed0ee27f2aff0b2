namespace Trainer.Engine.Checkpoints;

/// <summary>Row-major copies on the CPU of a save's tensors. The memory is kept from one save to the next.</summary>
internal sealed class Snapshot : IDisposable
{
    private readonly List<Tensor> copies = [];

    /// <summary>Copies every tensor; what an earlier call returned is overwritten.</summary>
    public IReadOnlyList<TensorFile> Take(IReadOnlyList<TensorFile> files)
    {
        using var inference = no_grad();
        var position = 0;
        var taken = new List<TensorFile>();
        foreach (var file in files)
        {
            var copies = new List<(string, Tensor)>();
            foreach (var (key, tensor) in file.Tensors)
            {
                var copy = Slot(position++, tensor);
                copy.copy_(tensor);
                copies.Add((key, copy));
            }
            taken.Add(file with { Tensors = copies });
        }
        Free(position);
        return taken;
    }

    public void Dispose() => Free(0);

    private Tensor Slot(int position, Tensor like)
    {
        if (position < copies.Count && copies[position].dtype == like.dtype
            && copies[position].shape.AsSpan().SequenceEqual(like.shape))
            return copies[position];
        var slot = empty(like.shape, like.dtype, device: CPU).DetachFromDisposeScope();
        if (position < copies.Count)
        {
            copies[position].Dispose();
            copies[position] = slot;
        }
        else
        {
            copies.Add(slot);
        }
        return slot;
    }

    private void Free(int from)
    {
        foreach (var copy in copies.Skip(from))
            copy.Dispose();
        copies.RemoveRange(from, copies.Count - from);
    }
}
