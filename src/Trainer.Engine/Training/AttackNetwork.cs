using TorchSharp;
using Trainer.Engine.Devices;
using Trainer.Engine.Parameters;
using Trainer.Robustness;

namespace Trainer.Engine.Training;

/// <summary>
/// The network that training attacks go through: the one in training itself, or a second instance in bfloat16 that is
/// renewed before each step by one copy per flat buffer.
/// </summary>
public sealed class AttackNetwork : IDisposable
{
    private readonly FlatParameters source;
    private readonly FlatParameters? half;
    private readonly Module? network;

    /// <summary>Makes the network.</summary>
    /// <param name="training">The network in training.</param>
    /// <param name="source">Its parameters.</param>
    /// <param name="precision">Float32 or BFloat16; <see cref="Resolve"/> gives it.</param>
    /// <param name="build">Makes another instance on the same device.</param>
    public AttackNetwork(Classifier training, FlatParameters source, AttackPrecision precision, Func<Module> build)
    {
        this.source = source;
        Classifier = training;
        if (precision != AttackPrecision.BFloat16)
            return;
        network = build();
        network.to(ScalarType.BFloat16);
        half = new(network, source.ChannelsLast);
        Classifier = new(network, training.Classes, training.Normalisation);
    }

    /// <summary>What attacks take.</summary>
    public Classifier Classifier { get; }

    /// <summary>Decides "auto": bfloat16 where the CPU multiplies it in hardware.</summary>
    public static AttackPrecision Resolve(AttackPrecision wanted, Device device) => wanted != AttackPrecision.Auto ? wanted
        : device.type == DeviceType.CPU && Processor.HasBFloat16 ? AttackPrecision.BFloat16 : AttackPrecision.Float32;

    /// <summary>Copies the parameters as they are now.</summary>
    public void Refresh()
    {
        using var noGrad = no_grad();
        half?.Values.copy_(source.Values);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (network is null)
            return;
        Classifier.Dispose();
        half?.Dispose();
        network.Dispose();
    }
}
