using TorchSharp.Modules;

namespace Trainer.Engine.Networks;

/// <summary>
/// A network's parameters in one flat buffer and their gradients in another: the module's own parameters become views.
/// Optimiser steps, norms, copies and saves are then a handful of calls, whatever the number of parameters.
/// </summary>
/// <remarks>
/// Make it after the module is on its device and in its dtype: <c>module.to</c> and <c>module.zero_grad</c> would
/// silently detach the parameters from the buffers. <see cref="Verify"/> finds out.
/// </remarks>
public sealed class FlatParameters : IDisposable
{
    /// <summary>How the keys of a second set's own parameters begin.</summary>
    public const string AuxiliaryBatchNorm = "second-set.";

    private readonly List<(Segment Segment, Parameter Parameter)> parameters = [];

    /// <summary>Moves a module's parameters into flat buffers.</summary>
    /// <param name="module">All of its parameters have one dtype and one device.</param>
    /// <param name="channelsLast">Whether convolution weights are stored channels-last.</param>
    /// <param name="second">
    /// Another instance of the module, which takes on the first one's parameters but for those of batch norm: these
    /// follow at the end of the buffers. Null for none.
    /// </param>
    public FlatParameters(Module module, bool channelsLast = false, Module? second = null)
    {
        using var noGrad = no_grad();
        ChannelsLast = channelsLast;
        var ownKeys = second is null ? new HashSet<string>() : BatchNormLayers.ParameterKeys(second);
        var first = module.named_parameters().Select(pair => (Key: pair.name, Parameter: pair.parameter)).ToList();
        var others = second?.named_parameters().Select(pair => (Key: ownKeys.Contains(pair.name) ? AuxiliaryBatchNorm
            + pair.name : pair.name, Parameter: pair.parameter)).ToList() ?? [];
        var named = first.Concat(others.Where(pair => pair.Key.StartsWith(
            AuxiliaryBatchNorm, StringComparison.Ordinal))).ToList();
        Layout = new(named.Select(pair => (pair.Key, (Tensor)pair.Parameter)), channelsLast);
        Values = zeros(Layout.Length, named[0].Parameter.dtype, named[0].Parameter.device).DetachFromDisposeScope();
        Gradients = zeros_like(Values).DetachFromDisposeScope();
        var segments = Layout.Segments.ToDictionary(segment => segment.Key, StringComparer.Ordinal);
        foreach (var (key, parameter) in named)
        {
            using var view = segments[key].Of(Values);
            view.copy_(parameter);
        }
        foreach (var (key, parameter) in first.Concat(others))
        {
            var segment = segments[key];
            using var view = segment.Of(Values);
            parameter.set_(view);
            parameter.grad = segment.Of(Gradients).DetachFromDisposeScope();
            parameters.Add((segment, parameter));
        }
    }

    /// <summary>Whether convolution weights are stored channels-last.</summary>
    public bool ChannelsLast { get; }

    /// <summary>The place of each parameter.</summary>
    public FlatLayout Layout { get; }

    /// <summary>The keys of a head that begins anew and has the full learning rate; empty for none.</summary>
    public IReadOnlySet<string> Head { get; init; } = new HashSet<string>();

    /// <summary>All parameters, [L].</summary>
    public Tensor Values { get; }

    /// <summary>All gradients, [L]; <c>backward</c> adds to them.</summary>
    public Tensor Gradients { get; private set; }

    /// <summary>
    /// Scales the gradients down to a norm where theirs is larger, as PyTorch's <c>clip_grad_norm_</c> does, without
    /// waiting for the device.
    /// </summary>
    /// <param name="norm">Float []: their L2 norm.</param>
    /// <param name="limit">The largest norm that stays as it is.</param>
    public void ClipGradients(Tensor norm, double limit)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Gradients.mul_((limit / (norm + 1e-6)).clamp_(max: 1));
    }

    /// <summary>Moves the gradients to the beginning of a longer buffer, which the caller keeps.</summary>
    /// <param name="buffer">[L or more], of the parameters' dtype, on their device.</param>
    internal void MoveGradients(Tensor buffer)
    {
        Gradients.Dispose();
        Gradients = buffer.narrow(0, 0, Layout.Length).DetachFromDisposeScope();
        foreach (var (segment, parameter) in parameters)
            parameter.grad = segment.Of(Gradients).DetachFromDisposeScope();
    }

    /// <summary>Checks that every parameter and gradient still is a view of its place in the buffers.</summary>
    /// <exception cref="InvalidOperationException">
    /// One is not, and training would continue with stale values.
    /// </exception>
    public void Verify()
    {
        using var scope = NewDisposeScope();
        foreach (var (segment, parameter) in parameters)
        {
            // A tensor of its own begins at 0 of its storage, where no segment does.
            if (parameter.storage_offset() != segment.Offset || parameter.grad?.storage_offset() != segment.Offset)
            {
                throw new InvalidOperationException(
                    $"The parameter {segment.Key} left the flat buffer: something called to() or zero_grad() on the "
                    + "module after training began. Remove that call.");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Values.Dispose();
        Gradients.Dispose();
    }
}
