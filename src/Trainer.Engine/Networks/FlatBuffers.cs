namespace Trainer.Engine.Networks;

/// <summary>
/// A network's floating buffers, the running statistics of batch norm, in one flat buffer: the module's own become
/// views. Make it after the module is on its device and in its dtype, like <see cref="FlatParameters"/>.
/// </summary>
public sealed class FlatBuffers : IDisposable
{
    /// <summary>Moves a module's floating buffers into a flat one; counters stay where they are.</summary>
    public FlatBuffers(Module module)
    {
        using var noGrad = no_grad();
        var statistics = BatchNormLayers.StatisticsKeys(module);
        var named = module.named_buffers().Where(pair => pair.buffer.is_floating_point())
            .OrderBy(pair => !statistics.Contains(pair.name)).ToList();
        Layout = new(named.Select(pair => (pair.name, pair.buffer)), channelsLast: false);
        Values = zeros(
            Layout.Length, named.FirstOrDefault().buffer?.dtype
            ?? ScalarType.Float32, module.parameters().First().device).DetachFromDisposeScope();
        foreach (var (segment, (_, buffer)) in Layout.Segments.Zip(named))
        {
            using var scope = NewDisposeScope();
            var view = segment.Of(Values);
            view.copy_(buffer);
            buffer.set_(view);
        }
        var others = Layout.Segments.FirstOrDefault(segment => !statistics.Contains(segment.Key));
        Statistics = Values.narrow(0, 0, others?.Offset ?? Layout.Length).DetachFromDisposeScope();
    }

    /// <summary>The place of each buffer: batch norm's first.</summary>
    public FlatLayout Layout { get; }

    /// <summary>Whether the network has any.</summary>
    public bool Any => Layout.Segments.Count > 0;

    /// <summary>All buffers, [L].</summary>
    public Tensor Values { get; }

    /// <summary>Those of batch norm alone: a view of the beginning of <see cref="Values"/>.</summary>
    public Tensor Statistics { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Statistics.Dispose();
        Values.Dispose();
    }
}
