using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Weights.Onnx;

/// <summary>
/// Writes the operations of a network as nodes of an ONNX graph; a value is the name by which nodes refer to it.
/// </summary>
/// <param name="network">The network, whose keys in the state dict name the tensors.</param>
internal sealed class OnnxGraph(Module network) : IOperations<string>
{
    // Values of TensorProto.DataType and AttributeProto.AttributeType.
    private const int FloatType = 1;
    private const int Int64Type = 7;
    private const int FloatAttribute = 1;
    private const int IntAttribute = 2;
    private const int IntsAttribute = 7;

    private readonly Dictionary<TorchSharp.torch.nn.Module, string> keys =
        network.named_modules().DistinctBy(pair => pair.module).ToDictionary(pair => pair.module, pair => pair.name);

    private readonly ProtoMessage graph = new();
    private readonly HashSet<string> tensors = [];
    private int nodes;

    /// <summary>The graph's nodes and tensors.</summary>
    public ProtoMessage Message => graph;

    /// <inheritdoc/>
    public string Apply(Module layer, string input) => layer switch
    {
        INetworkGraph block => block.Compute(this, input),
        Sequential sequence => sequence.children().Aggregate(input, (value, child) => Apply((Module)child, value)),
        Conv2d convolution => Convolution(convolution, input),
        Linear linear => Node("Gemm", [input, .. Parameters(linear, ("weight", linear.weight), ("bias", linear.bias))],
            Integer("transB", 1)),
        BatchNorm { weight: not null, bias: not null, running_mean: not null, running_var: not null } norm => Node(
            "BatchNormalization", [input, .. Parameters(norm, ("weight", norm.weight), ("bias", norm.bias),
            ("running_mean", norm.running_mean), ("running_var", norm.running_var))], Float("epsilon", norm.eps)),
        MaxPool2d pool => Node("MaxPool", [input], Integers("kernel_shape", Pair(pool.kernel_size)),
            Integers("strides", Pair(pool.stride ?? pool.kernel_size)), Integers("pads", Pads(pool.padding ?? [0])),
            Integers("dilations", Pair(pool.dilation ?? [1])), Integer("ceil_mode", pool.ceil_mode ? 1 : 0)),
        ReLU => Activate(Activation.Relu, input),
        Dropout => input,
        _ => throw new NotSupportedException($"Found a layer of {layer.GetType()}, which has no ONNX node here."),
    };

    /// <inheritdoc/>
    public string Activate(Activation activation, string input) =>
        activation == Activation.Relu ? Node("Relu", [input]) : Node("Mul", [input, Node("Sigmoid", [input])]);

    /// <inheritdoc/>
    public string AveragePool(string input) => Flatten(Node("GlobalAveragePool", [input]));

    /// <inheritdoc/>
    public string Flatten(string input) => Node("Flatten", [input]);

    /// <inheritdoc/>
    public string Pad(string input, long right, long bottom) =>
        Node("Pad", [input, PadsTensor([0, 0, 0, 0, 0, 0, bottom, right])]);

    /// <inheritdoc/>
    public string Add(string sum, string other) => Node("Add", [sum, other]);

    /// <summary>(x − mean) / deviation for each channel.</summary>
    public string Normalise(Robustness.Normalisation normalisation, string input) =>
        Node("Div", [Node("Sub", [input, Channels("mean", normalisation.Mean)]),
            Channels("std", normalisation.Deviation)]);

    /// <summary>Gives a value the name of an output.</summary>
    public void Output(string value, string name) => graph.Message(1, new ProtoMessage()
        .Text(1, value).Text(2, name).Text(3, "output").Text(4, "Identity"));

    private string Convolution(Conv2d layer, string input)
    {
        if (layer is not { padding: { } padding, padding_mode: PaddingModes.Zeros })
            throw new NotSupportedException("Found a convolution whose padding is not a number of zeros.");
        return Node("Conv", [input, .. Parameters(layer, ("weight", layer.weight), ("bias", layer.bias))],
            Integers("kernel_shape", layer.weight.shape[2..]), Integers("strides", Pair(layer.stride)),
            Integers("pads", Pads(padding)), Integers("dilations", Pair(layer.dilation)),
            Integer("group", layer.groups));
    }

    private static long[] Pair(long[] values) => [values[0], values[^1]];

    /// <summary>Rows at the top, columns at the left, rows at the bottom, columns at the right.</summary>
    private static long[] Pads(long[] padding) => [padding[0], padding[^1], padding[0], padding[^1]];

    private string Node(string type, IReadOnlyList<string> inputs, params IReadOnlyList<ProtoMessage> attributes)
    {
        var output = $"{type.ToLowerInvariant()}_{++nodes}";
        var node = new ProtoMessage();
        foreach (var input in inputs)
            node.Text(1, input);
        node.Text(2, output).Text(3, output).Text(4, type);
        foreach (var attribute in attributes)
            node.Message(5, attribute);
        graph.Message(1, node);
        return output;
    }

    private static ProtoMessage Attribute(string name, int type) => new ProtoMessage().Text(1, name).Integer(20, type);

    private static ProtoMessage Float(string name, double value) =>
        Attribute(name, FloatAttribute).Float(2, (float)value);

    private static ProtoMessage Integer(string name, long value) => Attribute(name, IntAttribute).Integer(3, value);

    private static ProtoMessage Integers(string name, IEnumerable<long> values) =>
        values.Aggregate(Attribute(name, IntsAttribute), (attribute, value) => attribute.Integer(8, value));

    private List<string> Parameters(Module layer, params IReadOnlyList<(string Name, Tensor? Values)> values) => [..
        values.Where(value => value.Values is not null).Select(value =>
        {
            using var noGrad = no_grad();
            using var floats = value.Values!.detach().to(ScalarType.Float32).cpu().contiguous();
            return Initializer($"{KeyOf(layer)}.{value.Name}", FloatType, floats.shape, floats.bytes.ToArray());
        })];

    private string KeyOf(Module layer) => keys.TryGetValue(layer, out var key) ? key
        : throw new NotSupportedException($"Found a layer of {layer.GetType()} that the network does not register.");

    private string Channels(string name, IReadOnlyList<double> values)
    {
        float[] floats = [.. values.Select(value => (float)value)];
        return Initializer(name, FloatType, [1, floats.Length, 1, 1], MemoryMarshal.AsBytes(floats.AsSpan()).ToArray());
    }

    private string PadsTensor(long[] values) => Initializer(
        $"pads_{string.Join('_', values)}", Int64Type, [values.Length],
        MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    /// <summary>A tensor of the file, written once.</summary>
    private string Initializer(string name, int type, long[] shape, byte[] values)
    {
        if (!tensors.Add(name))
            return name;
        var tensor = new ProtoMessage();
        foreach (var size in shape)
            tensor.Integer(1, size);
        graph.Message(5, tensor.Integer(2, type).Text(8, name).Bytes(9, values));
        return name;
    }
}
