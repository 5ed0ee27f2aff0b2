using Trainer.Robustness;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Weights.Onnx;

/// <summary>
/// Writes networks in the ONNX format: input "images" [N, C, H, W] with any N, output "logits" [N, K], float32, in
/// evaluation mode.
/// </summary>
internal static class OnnxFile
{
    /// <summary>The version of ONNX's operators that the file uses.</summary>
    public const int Opset = 17;

    public const string Input = "images";
    public const string Output = "logits";

    // The version of the file format that ONNX 1.12 brought, together with operators 17.
    private const int FormatVersion = 8;

    private const int FloatType = 1;

    /// <summary>Writes a network to a stream.</summary>
    /// <param name="stream">Takes the file.</param>
    /// <param name="classifier">The network; one that states its operations.</param>
    /// <param name="images">The shape of its images.</param>
    /// <param name="normalise">Whether the classifier's normalisation becomes part of the file.</param>
    /// <param name="metadata">Written into the file.</param>
    /// <exception cref="NotSupportedException">The network states no operations, or has an unknown layer.</exception>
    public static void Write(
        Stream stream, Classifier classifier, ImageShape images, bool normalise,
        IEnumerable<KeyValuePair<string, string>> metadata)
    {
        if (classifier.Network is not INetworkGraph network)
            throw new NotSupportedException(
                $"Found a network of {classifier.Network.GetType()}, expected one that implements INetworkGraph.");
        var graph = new OnnxGraph(classifier.Network);
        var input = normalise && classifier.Normalisation is { } normalisation
            ? graph.Normalise(normalisation, Input) : Input;
        graph.Output(network.Compute(graph, input), Output);
        graph.Message.Text(2, classifier.Network.GetName())
            .Message(11, Value(Input, images.Channels, images.Height, images.Width))
            .Message(12, Value(Output, classifier.Classes));
        var model = new ProtoMessage().Integer(1, FormatVersion).Text(2, "Trainer")
            .Text(3, typeof(OnnxFile).Assembly.GetName().Version!.ToString(3)).Message(7, graph.Message)
            .Message(8, new ProtoMessage().Text(1, "").Integer(2, Opset));
        foreach (var (key, value) in metadata)
            model.Message(14, new ProtoMessage().Text(1, key).Text(2, value));
        model.WriteTo(stream);
    }

    /// <summary>A float32 input or output: N rows of a shape.</summary>
    private static ProtoMessage Value(string name, params ReadOnlySpan<long> sizes)
    {
        var shape = new ProtoMessage().Message(1, new ProtoMessage().Text(2, "N"));
        foreach (var size in sizes)
            shape.Message(1, new ProtoMessage().Integer(1, size));
        var tensor = new ProtoMessage().Integer(1, FloatType).Message(2, shape);
        return new ProtoMessage().Text(1, name).Message(2, new ProtoMessage().Message(1, tensor));
    }
}
