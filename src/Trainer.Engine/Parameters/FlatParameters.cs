using TorchSharp.Modules;

namespace Trainer.Engine.Parameters;

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
    private readonly List<(Segment Segment, Parameter Parameter)> parameters;

    /// <summary>Moves a module's parameters into flat buffers.</summary>
    /// <param name="module">All of its parameters have one dtype and one device.</param>
    /// <param name="channelsLast">Whether convolution weights are stored channels-last.</param>
    public FlatParameters(Module module, bool channelsLast = false)
    {
        using var noGrad = no_grad();
        ChannelsLast = channelsLast;
        var named = module.named_parameters().ToList();
        Layout = new(named.Select(pair => (pair.name, (Tensor)pair.parameter)), channelsLast);
        var first = named[0].parameter;
        Values = zeros(Layout.Length, first.dtype, first.device).DetachFromDisposeScope();
        Gradients = zeros_like(Values).DetachFromDisposeScope();
        parameters = [.. Layout.Segments.Zip(named, (segment, pair) => (segment, pair.parameter))];
        foreach (var (segment, parameter) in parameters)
        {
            using var scope = NewDisposeScope();
            var view = segment.Of(Values);
            view.copy_(parameter);
            parameter.set_(view);
            parameter.grad = segment.Of(Gradients).DetachFromDisposeScope();
        }
    }

    /// <summary>Whether convolution weights are stored channels-last.</summary>
    public bool ChannelsLast { get; }

    /// <summary>Where each parameter lies.</summary>
    public FlatLayout Layout { get; }

    /// <summary>All parameters, [L].</summary>
    public Tensor Values { get; }

    /// <summary>All gradients, [L]; <c>backward</c> adds to them.</summary>
    public Tensor Gradients { get; }

    /// <summary>Checks that every parameter and gradient still is a view of its place in the buffers.</summary>
    /// <exception cref="InvalidOperationException">One is not, and training would go on with stale values.</exception>
    public void Verify()
    {
        using var scope = NewDisposeScope();
        foreach (var (segment, parameter) in parameters)
        {
            // A tensor of its own begins at 0 of its storage, where no segment does.
            if (parameter.storage_offset() != segment.Offset || parameter.grad?.storage_offset() != segment.Offset)
            {
                throw new InvalidOperationException(
                    $"The parameter {segment.Key} left the flat buffer: something called to() or zero_grad() on the module after training began. Remove that call.");
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
