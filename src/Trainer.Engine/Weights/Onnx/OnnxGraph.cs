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
    internal const int FloatType = 1;
    private const int Int64Type = 7;
    private const int FloatAttribute = 1;
    private const int IntAttribute = 2;
    private const int IntsAttribute = 7;

    private readonly Dictionary<TorchSharp.torch.nn.Module, string> keys =
        network.named_modules().DistinctBy(pair => pair.module).ToDictionary(pair => pair.module, pair => pair.name);

    private readonly List<(string Key, Tensor Values)> parameters =
        [.. network.named_parameters().Select(pair => (pair.name, (Tensor)pair.parameter))];

    private readonly ProtoMessage graph = new();
    private readonly HashSet<string> tensors = [];
    private int nodes;

    // Whether the values under way are [N, C], or [N, C, H, W] between layers that take no others.
    private bool areRows = true;

    /// <summary>The graph's nodes and tensors.</summary>
    public ProtoMessage Message => graph;

    /// <inheritdoc/>
    public string Apply(Module layer, string input) => layer switch
    {
        INetworkGraph block => block.Compute(this, input),
        // One that is derived may compute anything.
        Sequential sequence when layer.GetType() == typeof(Sequential) =>
            sequence.children().Aggregate(input, (value, child) => Apply((Module)child, value)),
        Conv2d convolution => Convolution(convolution, input),
        Linear linear when areRows => Node("Gemm", [input, .. Parameters(
            linear, ("weight", linear.weight), ("bias", linear.bias))], Integer("transB", 1)),
        Linear { bias: not null } linear => OnLastDimension(
            input, [.. Parameters(linear, ("weight", linear.weight), ("bias", linear.bias))]),
        BatchNorm { weight: not null, bias: not null, running_mean: not null, running_var: not null } norm => Node(
            "BatchNormalization", [input, .. Parameters(norm, ("weight", norm.weight), ("bias", norm.bias),
            ("running_mean", norm.running_mean), ("running_var", norm.running_var))], Float("epsilon", norm.eps)),
        MaxPool2d pool => Node("MaxPool", [input], Integers("kernel_shape", Pair(pool.kernel_size)),
            Integers("strides", Pair(pool.stride ?? pool.kernel_size)), Integers("pads", Pads(pool.padding ?? [0])),
            Integers("dilations", Pair(pool.dilation ?? [1])), Integer("ceil_mode", pool.ceil_mode ? 1 : 0)),
        AvgPool2d { divisor_override: null } pool => Node("AveragePool", [input],
            Integers("kernel_shape", Pair(pool.kernel_size)),
            Integers("strides", Pair(pool.stride ?? pool.kernel_size)), Integers("pads", Pads(pool.padding ?? [0])),
            Integer("ceil_mode", pool.ceil_mode ? 1 : 0),
            Integer("count_include_pad", pool.count_include_pad ? 1 : 0)),
        LayerNorm { weight: not null, bias: not null } norm => Node("LayerNormalization", [input, .. Parameters(
            norm, ("weight", norm.weight), ("bias", norm.bias))], Float("epsilon", norm.eps)),
        ReLU => Activate(Activation.Relu, input),
        Flatten { start_dim: 1, end_dim: -1 } => Flatten(input),
        Dropout or DropPath or Identity => input,
        _ => throw new NotSupportedException($"Found a layer of {layer.GetType()}, which has no ONNX node here."),
    };

    /// <inheritdoc/>
    public string Activate(Activation activation, string input) => activation switch
    {
        Activation.Relu => Node("Relu", [input]),
        Activation.Gelu => Node("Mul", [Node("Mul", [input, Number("half", 0.5f)]), Node("Add", [
            Number("one", 1), Node("Erf", [Node("Mul", [input, Number("root_half", MathF.Sqrt(0.5f))])])])]),
        _ => Node("Mul", [input, Node("Sigmoid", [input])]),
    };

    /// <inheritdoc/>
    public string AveragePool(string input) => Flatten(Node("GlobalAveragePool", [input]));

    /// <inheritdoc/>
    public string Flatten(string input) => Node("Flatten", [input]);

    /// <inheritdoc/>
    public string Pad(string input, long right, long bottom) =>
        Node("Pad", [input, PadsTensor([0, 0, 0, 0, 0, 0, bottom, right])]);

    /// <inheritdoc/>
    public string Add(string sum, string other) => Node("Add", [sum, other]);

    /// <inheritdoc/>
    public string OverChannels(string input, Func<string, string> compute)
    {
        areRows = false;
        var output = compute(Transpose(input, 0, 2, 3, 1));
        areRows = true;
        return Transpose(output, 0, 3, 1, 2);
    }

    /// <inheritdoc/>
    public string Scale(string input, Parameter factor) => Node("Mul", [input, Own(factor)]);

    /// <inheritdoc/>
    public string Constant(string input, Func<Device, Tensor> make)
    {
        using var values = make(CPU);
        return Values($"constant_{++nodes}", values);
    }

    /// <inheritdoc/>
    public string Tokens(string input, Parameter classToken, Parameter? positions)
    {
        areRows = false;
        var pixels = Transpose(Node("Reshape", [input, Numbers("pixels", [0, 0, -1])]), 0, 2, 1);
        var count = Node("Shape", [input], Integer("start", 0), Integer("end", 1));
        var shape = Node("Concat", [count, Numbers("token", classToken.shape[1..])], Integer("axis", 0));
        var first = Node("Expand", [Own(classToken), shape]);
        var tokens = Node("Concat", [first, pixels], Integer("axis", 1));
        return positions is null ? tokens : Node("Add", [tokens, Own(positions)]);
    }

    /// <inheritdoc/>
    public string Attend(string projections, long heads) => OnnxAttention.OfTokens(this, projections, heads);

    /// <inheritdoc/>
    public string AttendFrom(string query, string keys, string values, long heads) =>
        OnnxAttention.OfOneToken(this, query, keys, values, heads);

    /// <inheritdoc/>
    public string AttendOverChannels(string projections, Parameter temperature) =>
        OnnxAttention.OfChannels(this, projections, Own(temperature), temperature.shape[0]);

    /// <inheritdoc/>
    public string First(string tokens)
    {
        areRows = true;
        return Node("Gather", [tokens, Place(0)], Integer("axis", 1));
    }

    /// <inheritdoc/>
    public string WithFirst(string tokens, string first)
    {
        areRows = false;
        var others = Node("Slice", [tokens, Numbers("second", [1]), Numbers("end", [long.MaxValue]),
            Numbers("length_axis", [1])]);
        return Node("Concat", [Node("Unsqueeze", [first, Numbers("length_axis", [1])]), others], Integer("axis", 1));
    }

    /// <summary>(x − mean) / deviation for each channel.</summary>
    public string Normalise(Robustness.Normalisation normalisation, string input) =>
        Node("Div", [Node("Sub", [input, Channels("mean", normalisation.Mean)]),
            Channels("std", normalisation.Deviation)]);

    /// <summary>Gives a value the name of an output.</summary>
    public void Output(string value, string name) => graph.Message(1, new ProtoMessage()
        .Text(1, value).Text(2, name).Text(3, "output").Text(4, "Identity"));

    /// <summary>A linear layer of [N, …, C], for which Gemm takes [N, C] alone.</summary>
    private string OnLastDimension(string input, IReadOnlyList<string> parameters) => Node(
        "Add", [Node("MatMul", [input, Transpose(parameters[0], 1, 0)]), parameters[1]]);

    /// <summary>A value with its dimensions in another order.</summary>
    internal string Transpose(string input, params long[] order) => Node("Transpose", [input], Integers("perm", order));

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

    /// <summary>A node of one output.</summary>
    internal string Node(string type, IReadOnlyList<string> inputs, params IReadOnlyList<ProtoMessage> attributes)
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

    internal static ProtoMessage Integer(string name, long value) => Attribute(name, IntAttribute).Integer(3, value);

    internal static ProtoMessage Integers(string name, IEnumerable<long> values) =>
        values.Aggregate(Attribute(name, IntsAttribute), (attribute, value) => attribute.Integer(8, value));

    private List<string> Parameters(Module layer, params IReadOnlyList<(string Name, Tensor? Values)> values) => [..
        values.Where(value => value.Values is not null)
        .Select(value => Values($"{KeyOf(layer)}.{value.Name}", value.Values!))];

    /// <summary>A parameter that belongs to no layer of torch.</summary>
    private string Own(Parameter parameter) => Values(
        parameters.First(own => ReferenceEquals(own.Values, parameter)).Key, parameter);

    private string Values(string key, Tensor values)
    {
        using var noGrad = no_grad();
        using var floats = values.detach().to(ScalarType.Float32).cpu().contiguous();
        return Initializer(key, FloatType, floats.shape, floats.bytes.ToArray());
    }

    private string KeyOf(Module layer) => keys.TryGetValue(layer, out var key) ? key
        : throw new NotSupportedException($"Found a layer of {layer.GetType()} that the network does not register.");

    private string Channels(string name, IReadOnlyList<double> values)
    {
        float[] floats = [.. values.Select(value => (float)value)];
        return Initializer(name, FloatType, [1, floats.Length, 1, 1], MemoryMarshal.AsBytes(floats.AsSpan()).ToArray());
    }

    private string PadsTensor(long[] values) => Numbers($"pads_{string.Join('_', values)}", values);

    /// <summary>Int64 [L], under a name of its own.</summary>
    internal string Numbers(string name, long[] values) => Initializer(
        name, Int64Type, [values.Length], MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    /// <summary>One int64.</summary>
    internal string Place(long number) => Initializer($"place_{number}", Int64Type, [], BitConverter.GetBytes(number));

    /// <summary>One float32, under a name of its own.</summary>
    internal string Number(string name, float value) => Initializer(name, FloatType, [], BitConverter.GetBytes(value));

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
