using System.Runtime.InteropServices;

namespace Trainer.Engine.Weights.Foreign;

/// <summary>
/// What a program is asked and what it answers, with little-endian numbers. A question: int32 N, C, H, W, then N·C·H·W
/// float32 in row-major order. An answer: int32 N, int32 K, then N·K float32 logits; or int32 N, int32 0, then N int32
/// labels.
/// </summary>
internal static class ProgramProtocol
{
    /// <summary>The question about some images.</summary>
    /// <param name="images">Float32 [N, C, H, W].</param>
    public static byte[] Question(Tensor images)
    {
        using var values = images.detach().cpu().contiguous();
        int[] shape = [.. images.shape.Select(size => (int)size)];
        return [.. MemoryMarshal.AsBytes(shape.AsSpan()), .. values.bytes];
    }

    /// <summary>Reads the answer to a question.</summary>
    /// <param name="answer">Its bytes, and whatever follows.</param>
    /// <param name="rows">The number of images.</param>
    /// <param name="classes">The number of classes.</param>
    /// <returns>Logits in row-major order; of labels, 1 for the label and 0 for the other classes.</returns>
    /// <exception cref="EndOfStreamException">It is incomplete.</exception>
    /// <exception cref="InvalidDataException">It is for other images or classes, or no answer.</exception>
    public static float[] ReadAnswer(Stream answer, int rows, int classes)
    {
        var header = Read<int>(answer, 2);
        if (header[0] != rows || header[1] != 0 && header[1] != classes)
            throw new InvalidDataException($"answered with {header[0]} rows of {header[1]} logits, expected {rows} of "
                + $"{classes}, or of 0 for labels. Let it write nothing but answers there, and text to standard error");
        return header[1] == 0 ? OneHot(Read<int>(answer, rows), classes) : Read<float>(answer, rows * classes);
    }

    private static float[] OneHot(int[] labels, int classes)
    {
        var logits = new float[labels.Length * classes];
        for (var row = 0; row < labels.Length; row++)
        {
            if (labels[row] < 0 || labels[row] >= classes)
                throw new InvalidDataException(
                    $"answered with the label {labels[row]}, expected 0 to {classes - 1}. Number the classes from 0");
            logits[row * classes + labels[row]] = 1;
        }
        return logits;
    }

    private static T[] Read<T>(Stream answer, int count) where T : unmanaged
    {
        var values = new T[count];
        answer.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
