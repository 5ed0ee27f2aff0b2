using System.IO.Compression;

namespace Trainer.Engine.Data;

/// <summary>A file of a data set, plain or gzip, read as its content.</summary>
internal static class GzipFile
{
    // Deflate cannot make more of a byte than this: a header that promises more is wrong, and nothing is allocated for
    // it.
    private const long MostBytesFromOne = 1032;

    /// <summary>Opens a file; gzip is recognised by its first two bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="headerLength">The bytes of its header.</param>
    /// <param name="most">The most bytes that can follow the header.</param>
    public static Stream Open(string path, int headerLength, out long most)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        var packed = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
        file.Position = 0;
        most = packed ? file.Length * MostBytesFromOne : file.Length - headerLength;
        return packed ? new GZipStream(file, CompressionMode.Decompress) : file;
    }
}
