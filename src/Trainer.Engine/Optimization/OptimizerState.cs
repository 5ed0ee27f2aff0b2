using Trainer.Engine.Networks;

namespace Trainer.Engine.Optimization;

/// <summary>A running optimiser over flat buffers.</summary>
public abstract class OptimizerState : IDisposable
{
    /// <summary>What a checkpoint holds: each buffer's name, and the buffer, laid out like the parameters.</summary>
    public abstract IReadOnlyList<(string Name, Tensor Flat)> Buffers { get; }

    /// <summary>What a checkpoint holds besides: single numbers by key.</summary>
    public virtual IReadOnlyList<(string Key, Tensor Tensor)> Counters => [];

    /// <summary>One update of the parameters from their gradients, which it may change.</summary>
    public abstract void Step(double learningRate);

    /// <summary>The buffers as a checkpoint's tensors: <c>conv1.weight.momentum_buffer</c>.</summary>
    public IReadOnlyList<(string Key, Tensor Tensor)> Named(FlatLayout layout) =>
        [.. Buffers.SelectMany(
        buffer => layout.Views(buffer.Flat).Select(view => ($"{view.Key}.{buffer.Name}", view.Tensor))), .. Counters];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, buffer) in Buffers)
            buffer.Dispose();
        foreach (var (_, counter) in Counters)
            counter.Dispose();
        GC.SuppressFinalize(this);
    }
}
