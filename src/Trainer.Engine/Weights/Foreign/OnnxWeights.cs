using System.Security.Cryptography;
using System.Text;

namespace Trainer.Engine.Weights.Foreign;

/// <summary>
/// Identifies an ONNX network by all of its bytes: weights may be in files beside it, as PyTorch's exporter writes
/// those of large networks.
/// </summary>
internal static class OnnxWeights
{
    // Field 1 of a StringStringEntryProto, "location", and the tag of field 2, the file's name.
    private static readonly byte[] Location = [0x0a, 8, .. "location"u8, 0x12];

    /// <summary>SHA-256, in lower-case hex, of the file and of each file that it names.</summary>
    /// <param name="stream">The ONNX file.</param>
    /// <param name="path">Its path; names are relative to its folder.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static string Hash(Stream stream, string path)
    {
        stream.Position = 0;
        using var content = new MemoryStream((int)Math.Min(stream.Length, Array.MaxLength));
        stream.CopyTo(content);
        var bytes = content.GetBuffer().AsSpan(0, (int)content.Length);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(bytes);
        foreach (var name in Names(bytes))
        {
            var file = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, name);
            // ONNX Runtime refuses a network whose file is missing, or outside of its folder.
            if (!Path.IsPathRooted(name) && !name.Contains("..", StringComparison.Ordinal) && File.Exists(file))
                using (var values = File.OpenRead(file))
                    hash.AppendData(SHA256.HashData(values));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static SortedSet<string> Names(ReadOnlySpan<byte> bytes)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        while (bytes.IndexOf(Location) is >= 0 and var place)
        {
            bytes = bytes[(place + Location.Length)..];
            // A name of 128 bytes and more has a length of two bytes or more.
            if (bytes is [< 0x80 and var length, ..] && bytes.Length > length)
                names.Add(Encoding.UTF8.GetString(bytes.Slice(1, length)));
        }
        return names;
    }
}
