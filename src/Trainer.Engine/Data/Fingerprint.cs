using System.Buffers.Binary;
using System.Security.Cryptography;
using Trainer.Engine.Storage.Safetensors;

namespace Trainer.Engine.Data;

/// <summary>Identifies the content of a data set, in whatever files it came.</summary>
internal static class Fingerprint
{
    /// <summary>
    /// SHA-256, in lower-case hex, over each part's images and labels: the lengths of the dimensions as little-endian
    /// 64-bit numbers, then the values.
    /// </summary>
    /// <param name="images">On any device.</param>
    public static string Of(ImageData images)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append([hash], images);
        return Text(hash);
    }

    /// <summary>The fingerprint of two parts together, and that of the test images alone.</summary>
    /// <param name="training">On any device.</param>
    /// <param name="test">Read once for both.</param>
    public static (string All, string Test) Of(ImageData training, ImageData test)
    {
        using var both = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var alone = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append([both], training);
        Append([both, alone], test);
        return (Text(both), Text(alone));
    }

    private static void Append(IncrementalHash[] hashes, ImageData part)
    {
        var shape = part.Shape;
        AppendLengths(hashes, part.Count, shape.Channels, shape.Height, shape.Width);
        part.Pixels.ForEachPiece(Add);
        AppendLengths(hashes, part.Count);
        using var scope = NewDisposeScope();
        TensorBytes.ForEachPiece(part.Labels.cpu(), (bytes, _) => Add(bytes));

        void Add(ReadOnlySpan<byte> bytes)
        {
            foreach (var hash in hashes)
                hash.AppendData(bytes);
        }
    }

    private static void AppendLengths(IncrementalHash[] hashes, params ReadOnlySpan<long> dimensions)
    {
        Span<byte> length = stackalloc byte[8];
        foreach (var dimension in dimensions)
        {
            BinaryPrimitives.WriteInt64LittleEndian(length, dimension);
            foreach (var hash in hashes)
                hash.AppendData(length);
        }
    }

    private static string Text(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetHashAndReset());
}
