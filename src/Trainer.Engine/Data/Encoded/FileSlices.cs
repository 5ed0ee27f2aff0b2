using Microsoft.Win32.SafeHandles;

namespace Trainer.Engine.Data.Encoded;

/// <summary>Reads parts of an open file by their offset; any number of threads may at the same time.</summary>
/// <param name="file">Of a file that can be sought.</param>
internal sealed class FileSlices(SafeFileHandle file) : IDisposable
{
    /// <summary>Opens a file.</summary>
    public static FileSlices Open(string path) =>
        new(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read));

    /// <summary>Reads a part.</summary>
    /// <param name="offset">Its first byte.</param>
    /// <param name="length">The number of its bytes.</param>
    /// <exception cref="EndOfStreamException">The file ends before.</exception>
    public byte[] Read(long offset, int length)
    {
        var content = new byte[length];
        for (var read = 0; read < length;)
        {
            var count = RandomAccess.Read(file, content.AsSpan(read), offset + read);
            read += count > 0 ? count : throw new EndOfStreamException(
                $"the file ends at offset {offset + read}, expected {length - read} bytes more");
        }
        return content;
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
