using TorchSharp;
using Trainer.Engine.Devices;
using Trainer.Robustness;
using Trainer.Robustness.Native;

namespace Trainer.Engine.Networks;

/// <summary>
/// The network that training attacks go through: the one in training itself, or a second instance in bfloat16 that is
/// renewed before each step by one copy per flat buffer.
/// </summary>
public sealed class AttackNetwork : IDisposable
{
    private readonly List<(Tensor To, Tensor From)> copies = [];
    private readonly FlatParameters? half;
    private readonly FlatBuffers? halfBuffers;
    private readonly Module? network;

    /// <summary>Makes the network.</summary>
    /// <param name="training">The network in training.</param>
    /// <param name="source">Its parameters.</param>
    /// <param name="buffers">Its floating buffers.</param>
    /// <param name="precision">Float32 or BFloat16; <see cref="Resolve"/> gives it.</param>
    /// <param name="build">Makes another instance on the same device.</param>
    /// <param name="second">Whether it is the second set of <paramref name="source"/>.</param>
    public AttackNetwork(
        Classifier training, FlatParameters source, FlatBuffers buffers, AttackPrecision precision, Func<Module> build,
        bool second = false)
    {
        Classifier = training;
        Precision = precision;
        if (precision != AttackPrecision.BFloat16)
            return;
        network = build();
        network.to(ScalarType.BFloat16);
        half = new(network, source.ChannelsLast);
        Classifier = new(network, training.Classes, training.Normalisation);
        Copy(half.Values, source.Values, half.Layout.Length);
        if (buffers.Any)
        {
            halfBuffers = new(network);
            Copy(halfBuffers.Values, buffers.Values, buffers.Layout.Length);
        }
        if (!second)
            return;
        var places = half.Layout.Segments.ToDictionary(
            segment => FlatParameters.AuxiliaryBatchNorm + segment.Key, StringComparer.Ordinal);
        foreach (var segment in source.Layout.Segments.Where(segment => places.ContainsKey(segment.Key)))
            copies.Add((places[segment.Key].Of(half.Values).DetachFromDisposeScope(),
                segment.Of(source.Values).DetachFromDisposeScope()));
    }

    /// <summary>What attacks take.</summary>
    public Classifier Classifier { get; }

    /// <summary>What it computes in.</summary>
    public AttackPrecision Precision { get; }

    /// <summary>
    /// Decides "auto": bfloat16 where the CPU multiplies it in hardware and oneDNN is not switched off, unless the
    /// attack updates running statistics, which a copy cannot.
    /// </summary>
    public static AttackPrecision Resolve(
        AttackPrecision wanted, Device device, BatchNormAttack batchNorm = BatchNormAttack.Eval) =>
        wanted != AttackPrecision.Auto ? wanted
        : device.type == DeviceType.CPU && Processor.HasBFloat16 && !OneDnn.IsDisabled
            && batchNorm != BatchNormAttack.Train
        ? AttackPrecision.BFloat16 : AttackPrecision.Float32;

    /// <summary>Copies parameters and statistics as they are now.</summary>
    public void Refresh()
    {
        using var noGrad = no_grad();
        foreach (var (to, from) in copies)
            to.copy_(from);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (network is null)
            return;
        foreach (var (to, from) in copies)
        {
            to.Dispose();
            from.Dispose();
        }
        Classifier.Dispose();
        halfBuffers?.Dispose();
        half?.Dispose();
        network.Dispose();
    }

    private void Copy(Tensor to, Tensor from, long length) =>
        copies.Add((to.narrow(0, 0, length).DetachFromDisposeScope(),
        from.narrow(0, 0, length).DetachFromDisposeScope()));
}
