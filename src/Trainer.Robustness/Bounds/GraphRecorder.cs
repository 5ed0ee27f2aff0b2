using TorchSharp.Modules;
using Trainer.Robustness.Bounds.Rules;
using Trainer.Robustness.Models;

namespace Trainer.Robustness.Bounds;

/// <summary>Writes down the operations of a network, for bounds of what they compute.</summary>
internal sealed class GraphRecorder : IOperations<GraphNode>
{
    private const string Known = "Conv2d, Linear, BatchNorm1d, BatchNorm2d, MaxPool2d, AvgPool2d, ReLU, Flatten, "
        + "Dropout, DropPath, Identity, a Sequential of such, or one that implements INetworkGraph";

    private readonly List<GraphNode> nodes = [];

    public IReadOnlyList<GraphNode> Nodes => nodes;

    public GraphNode Add(BoundRule rule, params IReadOnlyList<GraphNode> inputs)
    {
        nodes.Add(new(nodes.Count, rule, inputs));
        return nodes[^1];
    }

    /// <inheritdoc/>
    public GraphNode Apply(Module layer, GraphNode input) => layer switch
    {
        INetworkGraph block => block.Compute(this, input),
        // One that is derived may compute anything.
        Sequential sequence when layer.GetType() == typeof(Sequential) =>
            sequence.children().Aggregate(input, (value, child) => Apply((Module)child, value)),
        Conv2d convolution => Add(new ConvolutionRule(convolution), input),
        Linear linear => Add(new LinearRule(linear), input),
        BatchNorm { running_mean: not null, running_var: not null } norm and (BatchNorm1d or BatchNorm2d) =>
            Add(new BatchNormRule(norm), input),
        BatchNorm => throw Unsupported("batch norm without running statistics", "one that tracks them"),
        MaxPool2d pool => Add(new MaxPoolRule(pool), input),
        AvgPool2d pool => Add(new AveragePoolRule(pool), input),
        ReLU => Activate(Activation.Relu, input),
        Flatten { start_dim: 1, end_dim: -1 } => Flatten(input),
        Dropout { training: false } or DropPath { training: false } or Identity => input,
        Dropout => throw Unsupported("dropout in training mode", "a network without it"),
        _ => throw Unsupported($"a layer of {layer.GetType()}", Known),
    };

    /// <inheritdoc/>
    public GraphNode Activate(Activation activation, GraphNode input) => activation == Activation.Relu
        ? Add(new ReluRule(), input)
        : throw Unsupported($"the activation {activation}".ToLowerInvariant(), "relu");

    /// <inheritdoc/>
    public GraphNode AveragePool(GraphNode input) => Add(new GlobalAverageRule(), input);

    /// <inheritdoc/>
    public GraphNode Flatten(GraphNode input) => Add(new FlattenRule(), input);

    /// <inheritdoc/>
    public GraphNode Pad(GraphNode input, long right, long bottom) => Add(new PadRule(right, bottom), input);

    /// <inheritdoc/>
    public GraphNode Add(GraphNode sum, GraphNode other) => Add(new SumRule(), sum, other);

    /// <inheritdoc/>
    public GraphNode OverChannels(GraphNode input, Func<GraphNode, GraphNode> compute) =>
        throw Unsupported("layer norm or linear layers over the channels of each pixel", Known);

    /// <inheritdoc/>
    public GraphNode Scale(GraphNode input, Parameter factor) => throw Unsupported("a factor of each channel", Known);

    /// <inheritdoc/>
    public GraphNode Constant(GraphNode input, Func<Device, Tensor> make) =>
        throw Unsupported("a constant tensor", Known);

    /// <inheritdoc/>
    public GraphNode Tokens(GraphNode input, Parameter classToken, Parameter? positions) =>
        throw Unsupported("the tokens of a transformer", Known);

    /// <inheritdoc/>
    public GraphNode Attend(GraphNode projections, long heads) => throw Unsupported("attention", Known);

    /// <inheritdoc/>
    public GraphNode AttendFrom(GraphNode query, GraphNode keys, GraphNode values, long heads) =>
        throw Unsupported("attention", Known);

    /// <inheritdoc/>
    public GraphNode AttendOverChannels(GraphNode projections, Parameter temperature) =>
        throw Unsupported("attention", Known);

    /// <inheritdoc/>
    public GraphNode WithFirst(GraphNode tokens, GraphNode first) =>
        throw Unsupported("the tokens of a transformer", Known);

    /// <inheritdoc/>
    public GraphNode First(GraphNode tokens) => throw Unsupported("the tokens of a transformer", Known);

    private static NotSupportedException Unsupported(string found, string expected) =>
        new($"Found {found}, of which no bounds can be computed; expected {expected}.");
}
