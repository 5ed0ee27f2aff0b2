using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Trainer.Recipes;

namespace Trainer.Engine.Weights.Onnx;

/// <summary>A network in an ONNX file, run by ONNX Runtime on the CPU.</summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly string path;
    private readonly InferenceSession session;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="TrainerException">
    /// It is no network of one float32 input [N, C, H, W] and one output [N, K].
    /// </exception>
    public OnnxSession(string path)
    {
        this.path = path;
        try
        {
            using var options = new SessionOptions
            {
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
                IntraOpNumThreads = get_num_threads(),
            };
            session = new(path, options);
        }
        catch (OnnxRuntimeException exception)
        {
            throw Fault($"is no ONNX file that ONNX Runtime can run: {Reason(exception)}. "
                + "Get the file again, or export it anew", exception);
        }
        var problem = (session.InputMetadata.Count, session.OutputMetadata.Count) != (1, 1)
            ? $"{session.InputMetadata.Count} inputs and {session.OutputMetadata.Count} outputs"
            : Input.ElementDataType != TensorElementType.Float || Input.Dimensions.Length != 4
            ? $"an input {Words(Input)}"
            : Output.ElementDataType != TensorElementType.Float || Output.Dimensions.Length != 2
            ? $"an output {Words(Output)}" : null;
        if (problem is null)
            return;
        session.Dispose();
        throw Fault($"has {problem}, expected one input Float [N, C, H, W] and one output Float [N, K]", null);
    }

    private NodeMetadata Input => session.InputMetadata.Values.Single();

    private NodeMetadata Output => session.OutputMetadata.Values.Single();

    /// <summary>The sizes of a batch of images; −1 where any is taken.</summary>
    public IReadOnlyList<int> Images => Input.Dimensions;

    /// <summary>The number of classes; −1 where the file does not state it.</summary>
    public int Classes => Output.Dimensions[1];

    /// <summary>The network's output.</summary>
    /// <param name="images">Float32 [N, C, H, W].</param>
    /// <returns>Float32 [N, K], on the CPU.</returns>
    /// <exception cref="TrainerException">ONNX Runtime cannot compute it.</exception>
    public Tensor Run(Tensor images)
    {
        using var contiguous = images.detach().cpu().contiguous();
        var values = MemoryMarshal.Cast<byte, float>(contiguous.bytes).ToArray();
        using var input = OrtValue.CreateTensorValueFromMemory(values, images.shape);
        try
        {
            using var options = new RunOptions();
            using var results = session.Run(
                options, [session.InputNames[0]], [input], [session.OutputNames[0]]);
            var shape = results[0].GetTensorTypeAndShape().Shape;
            return tensor(results[0].GetTensorDataAsSpan<float>().ToArray()).reshape(shape);
        }
        catch (OnnxRuntimeException exception)
        {
            throw Fault($"cannot be run on images [{string.Join(", ", images.shape)}]: {Reason(exception)}", exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();

    private TrainerException Fault(string problem, Exception? inner) =>
        new(ErrorKind.Checkpoint, $"'{path}' {problem}.", inner);

    private static string Words(NodeMetadata node) =>
        $"{node.ElementDataType} [{string.Join(", ", node.Dimensions.Select(size => size < 0 ? "N" : $"{size}"))}]";

    private static string Reason(Exception exception) => exception.Message.Split('\n')[0].TrimEnd('.');
}
