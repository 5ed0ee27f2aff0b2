using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Trainer.Engine.Weights.Foreign;

/// <summary>
/// Asks a program in turn. All numbers are little-endian. A question: int32 N, C, H, W, then N·C·H·W float32 in
/// row-major order. An answer: int32 N, int32 K, then N·K float32 logits; or int32 N, int32 0, then N int32 labels. The
/// program ends at the end of its input.
/// </summary>
internal sealed class ProgramExchange : IDisposable
{
    private readonly Lock turn = new();
    private readonly ProgramNetwork program;
    private readonly int classes;
    private readonly Process process;

    /// <summary>Starts the program.</summary>
    /// <exception cref="Recipes.TrainerException">It does not start.</exception>
    public ProgramExchange(ProgramNetwork program, int classes)
    {
        (this.program, this.classes) = (program, classes);
        try
        {
            process = Process.Start(new ProcessStartInfo(Path.GetFullPath(program.Source))
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }) ?? throw program.Fault("does not start");
        }
        catch (Win32Exception exception)
        {
            throw program.Fault($"does not start: {exception.Message.TrimEnd('.')}. Make it executable", exception);
        }
    }

    /// <summary>The answer to some images.</summary>
    /// <param name="images">Float32 [N, C, H, W].</param>
    /// <returns>Float32 [N, K]; of labels, 1 for the label and 0 for the other classes.</returns>
    /// <exception cref="Recipes.TrainerException">The answer is not as the protocol says.</exception>
    public Tensor Ask(Tensor images)
    {
        lock (turn)
        {
            try
            {
                using var values = images.detach().cpu().contiguous();
                var question = process.StandardInput.BaseStream;
                question.Write(MemoryMarshal.AsBytes(images.shape.Select(size => (int)size).ToArray().AsSpan()));
                question.Write(values.bytes);
                question.Flush();
                return Answer((int)images.shape[0]).to(images.device);
            }
            catch (EndOfStreamException exception)
            {
                throw program.Fault("ended before its answer was complete", exception);
            }
            catch (IOException exception)
            {
                throw program.Fault($"takes no more images: {exception.Message.TrimEnd('.')}", exception);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    private Tensor Answer(int rows)
    {
        var header = Read<int>(2);
        if (header[0] != rows || header[1] != 0 && header[1] != classes)
            throw program.Fault($"answered with {header[0]} rows of {header[1]} logits, expected {rows} of {classes}, "
                + "or of 0 for labels");
        if (header[1] != 0)
            return tensor(Read<float>(rows * classes)).reshape(rows, classes);
        var labels = Read<int>(rows);
        if (Array.Find(labels, label => label < 0 || label >= classes) is var wrong && wrong != 0)
            throw program.Fault($"answered with the label {wrong}, expected 0 to {classes - 1}");
        using var indices = tensor(Array.ConvertAll(labels, label => (long)label));
        return nn.functional.one_hot(indices, classes).to(ScalarType.Float32);
    }

    private T[] Read<T>(int count) where T : unmanaged
    {
        var values = new T[count];
        process.StandardOutput.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
