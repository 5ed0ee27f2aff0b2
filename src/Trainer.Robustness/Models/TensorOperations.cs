using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>The operations of a forward pass.</summary>
public sealed class TensorOperations : IOperations<Tensor>
{
    private static readonly TensorOperations Instance = new();

    private TensorOperations()
    {
    }

    /// <summary>The forward pass of a network, which leaves no tensor but its result.</summary>
    public static Tensor Forward(INetworkGraph network, Tensor input)
    {
        using var scope = NewDisposeScope();
        return network.Compute(Instance, input).MoveToOuterDisposeScope();
    }

    /// <summary>The output of a layer, in the form that is right and fast here.</summary>
    public static Tensor Apply(Module layer, Tensor input) =>
        layer is Sequential sequence && layer.GetType() == typeof(Sequential)
            ? sequence.children().Aggregate(input, (value, child) => Apply((Module)child, value))
        : layer is Conv2d convolution && SpaceToDepth.Fits(convolution) ? SpaceToDepth.Convolve(convolution, input)
        : layer is Conv2d uneven && EvenChannels.Fits(uneven) ? EvenChannels.Convolve(uneven, input)
        : layer is MaxPool2d pooling && MaxPooling.Fits(pooling) ? MaxPooling.Pool(pooling, input)
        : layer.call(input);

    Tensor IOperations<Tensor>.Apply(Module layer, Tensor input) => Apply(layer, input);

    Tensor IOperations<Tensor>.Activate(Activation activation, Tensor input) =>
        activation == Activation.Relu ? input.relu_() : Smooth(activation, input);

    Tensor IOperations<Tensor>.AveragePool(Tensor input) => input.mean([2, 3]);

    Tensor IOperations<Tensor>.Flatten(Tensor input) => input.flatten(1);

    Tensor IOperations<Tensor>.Pad(Tensor input, long right, long bottom) =>
        nn.functional.pad(input, [0, right, 0, bottom]);

    Tensor IOperations<Tensor>.Add(Tensor sum, Tensor other) => sum.add_(other);

    Tensor IOperations<Tensor>.OverChannels(Tensor input, Func<Tensor, Tensor> compute) =>
        OverChannels(input, compute);

    Tensor IOperations<Tensor>.Scale(Tensor input, Parameter factor) => input * factor;

    Tensor IOperations<Tensor>.Constant(Tensor input, Func<Device, Tensor> make) => Constant(input, make);

    Tensor IOperations<Tensor>.Tokens(Tensor input, Parameter classToken, Parameter? positions) =>
        Tokens(input, classToken, positions);

    Tensor IOperations<Tensor>.Attend(Tensor projections, long heads) => Attend(projections, heads);

    Tensor IOperations<Tensor>.AttendFrom(Tensor query, Tensor keys, Tensor values, long heads) =>
        AttendFrom(query, keys, values, heads);

    Tensor IOperations<Tensor>.AttendOverChannels(Tensor projections, Parameter temperature) =>
        AttendOverChannels(projections, temperature);

    Tensor IOperations<Tensor>.First(Tensor tokens) => tokens.select(1, 0);

    Tensor IOperations<Tensor>.WithFirst(Tensor tokens, Tensor first) => WithFirst(tokens, first);

    /// <summary>A nonlinearity other than ReLU.</summary>
    public static Tensor Smooth(Activation activation, Tensor input) =>
        activation == Activation.Gelu ? nn.functional.gelu(input) : nn.functional.silu(input);

    /// <inheritdoc cref="IOperations{T}.OverChannels"/>
    public static Tensor OverChannels(Tensor input, Func<Tensor, Tensor> compute) =>
        compute(input.permute(0, 2, 3, 1)).permute(0, 3, 1, 2);

    /// <inheritdoc cref="IOperations{T}.Constant"/>
    public static Tensor Constant(Tensor input, Func<Device, Tensor> make) => make(input.device).to(input.dtype);

    /// <inheritdoc cref="IOperations{T}.Tokens"/>
    public static Tensor Tokens(Tensor input, Parameter classToken, Parameter? positions)
    {
        var tokens = cat([classToken.expand(input.shape[0], -1, -1), input.flatten(2).transpose(1, 2)], 1);
        return positions is null ? tokens : tokens.add_(positions);
    }

    /// <inheritdoc cref="IOperations{T}.WithFirst"/>
    public static Tensor WithFirst(Tensor tokens, Tensor first) =>
        cat([first.unsqueeze(1), tokens.narrow(1, 1, tokens.shape[1] - 1)], 1);

    /// <inheritdoc cref="IOperations{T}.Attend"/>
    public static Tensor Attend(Tensor projections, long heads)
    {
        // Not libtorch's own operator, which cannot be differentiated twice.
        var (rows, length, size) = (projections.shape[0], projections.shape[1], projections.shape[2] / 3 / heads);
        var parts = projections.reshape(rows, length, 3, heads, size).permute(2, 0, 3, 1, 4)
            .reshape(3, rows * heads, length, size);
        var scores = (parts.select(0, 0) * (1 / Math.Sqrt(size))).bmm(parts.select(0, 1).transpose(1, 2));
        return scores.softmax(-1).bmm(parts.select(0, 2)).reshape(rows, heads, length, size).transpose(1, 2)
            .reshape(rows, length, heads * size);
    }

    /// <inheritdoc cref="IOperations{T}.AttendFrom"/>
    public static Tensor AttendFrom(Tensor query, Tensor keys, Tensor values, long heads)
    {
        var (rows, length, size) = (keys.shape[0], keys.shape[1], keys.shape[2] / heads);
        var scores = (query.reshape(rows * heads, 1, size) * (1 / Math.Sqrt(size))).bmm(Heads(keys).transpose(1, 2));
        return scores.softmax(-1).bmm(Heads(values)).reshape(rows, heads * size);

        Tensor Heads(Tensor tokens) => tokens.reshape(rows, length, heads, size).transpose(1, 2)
            .reshape(rows * heads, length, size);
    }

    /// <inheritdoc cref="IOperations{T}.AttendOverChannels"/>
    public static Tensor AttendOverChannels(Tensor projections, Parameter temperature)
    {
        var (rows, height, width) = (projections.shape[0], projections.shape[1], projections.shape[2]);
        var (heads, pixels) = (temperature.shape[0], height * width);
        var size = projections.shape[3] / 3 / heads;
        var parts = projections.reshape(rows, pixels, 3, heads, size).permute(2, 0, 3, 4, 1)
            .reshape(3, rows * heads, size, pixels);
        var scores = Unit(parts.select(0, 0)).bmm(Unit(parts.select(0, 1)).transpose(1, 2))
            .reshape(rows, heads, size, size) * temperature;
        return scores.softmax(-1).reshape(rows * heads, size, size).bmm(parts.select(0, 2))
            .reshape(rows, heads * size, pixels).transpose(1, 2).reshape(rows, height, width, heads * size);

        static Tensor Unit(Tensor channels) => nn.functional.normalize(channels, dim: -1);
    }
}
