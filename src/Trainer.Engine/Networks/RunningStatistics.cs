using Trainer.Recipes;

namespace Trainer.Engine.Networks;

/// <summary>
/// A network's running statistics, moved when the recipe has it and not when a forward runs. A forward over statistics
/// of zero leaves momentum times the batch's own in their place, which then can be added at any time and more than
/// once.
/// </summary>
internal sealed class RunningStatistics : IDisposable
{
    private readonly Tensor running;
    private readonly Tensor kept;
    private readonly IReadOnlyList<Tensor> counters;

    /// <param name="module">The network, in training mode.</param>
    /// <param name="buffers">Its floating buffers.</param>
    /// <exception cref="TrainerException">A layer averages over all batches and has no momentum.</exception>
    public RunningStatistics(Module module, FlatBuffers buffers)
    {
        using var noGrad = no_grad();
        var layers = BatchNormLayers.Of(module);
        running = buffers.Statistics;
        kept = zeros_like(running).DetachFromDisposeScope();
        counters = [.. layers.Select(pair => pair.Layer.num_batches_tracked).OfType<Tensor>()];
        foreach (var segment in buffers.Layout.Segments)
        {
            using var scope = NewDisposeScope();
            foreach (var (name, layer) in layers.Where(pair =>
                segment.Key.StartsWith(pair.Name + ".", StringComparison.Ordinal)))
            {
                var momentum = layer.momentum ?? throw new TrainerException(ErrorKind.Recipe,
                    $"batchNorm.update: the layer {name} has no momentum but averages over all batches, "
                    + "expected a momentum or \"all\".");
                segment.Of(kept).fill_(1 - momentum);
            }
        }
    }

    /// <summary>Runs a forward and leaves the running statistics as they were.</summary>
    /// <returns>The forward's result, and what an update by it adds to the statistics.</returns>
    public (Tensor Result, Tensor Added) Observe(Func<Tensor> forward)
    {
        using var scope = NewDisposeScope();
        var former = running.clone();
        running.zero_();
        var result = forward();
        var added = running.clone();
        running.copy_(former);
        Count(-1);
        return (result.MoveToOuterDisposeScope(), added.MoveToOuterDisposeScope());
    }

    /// <summary>Moves the running statistics by an observed forward.</summary>
    public void Apply(Tensor added)
    {
        running.mul_(kept).add_(added);
        Count(1);
    }

    /// <inheritdoc/>
    public void Dispose() => kept.Dispose();

    private void Count(int updates)
    {
        foreach (var counter in counters)
            counter.add_(updates);
    }
}
