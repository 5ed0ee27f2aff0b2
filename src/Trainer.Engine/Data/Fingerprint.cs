using System.Buffers.Binary;
using System.Security.Cryptography;
using Trainer.Engine.Storage.Safetensors;

namespace Trainer.Engine.Data;

/// <summary>Names the content of a data set, whatever files it came in.</summary>
internal static class Fingerprint
{
    /// <summary>
    /// SHA-256, in lower-case hex, over each part's images and labels: the lengths of the dimensions as little-endian
    /// 64-bit numbers, then the values.
    /// </summary>
    /// <param name="parts">On any device.</param>
    public static string Of(params ReadOnlySpan<ImageData> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            Append(hash, part.Images);
            Append(hash, part.Labels);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, Tensor tensor)
    {
        Span<byte> length = stackalloc byte[8];
        foreach (var dimension in tensor.shape)
        {
            BinaryPrimitives.WriteInt64LittleEndian(length, dimension);
            hash.AppendData(length);
        }
        using var scope = NewDisposeScope();
        TensorBytes.ForEachPiece(tensor.cpu(), (bytes, _) => hash.AppendData(bytes));
    }
}
