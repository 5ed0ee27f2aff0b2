namespace Trainer.Engine.Storage.PyTorch;

/// <summary>The bytes of a PyTorch file by their position.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="stream">Seekable.</param>
internal sealed class FileBytes(string path, Stream stream) : IDisposable
{
    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>Number of its bytes when it was opened.</summary>
    public long Length { get; } = stream.Length;

    /// <summary>Some of its bytes.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="length">How many.</param>
    /// <param name="what">What they are, for messages.</param>
    /// <exception cref="TorchFileException">They are not all there.</exception>
    public byte[] Bytes(long offset, int length, string what)
    {
        // Compared before anything is allocated.
        if (offset < 0 || length < 0 || length > Length - offset)
            throw Cut(what);
        var bytes = new byte[length];
        Fill(bytes, offset, what);
        return bytes;
    }

    /// <summary>Fills a buffer.</summary>
    /// <inheritdoc cref="Bytes"/>
    public void Fill(Span<byte> target, long offset, string what)
    {
        stream.Position = offset;
        if (stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) < target.Length)
            throw Cut(what);
    }

    /// <summary>An error of this file.</summary>
    public TorchFileException Fault(TorchFileError error, string what) => TorchFileException.Of(path, error, what);

    /// <summary>Closes the file.</summary>
    public void Dispose() => stream.Dispose();

    private TorchFileException Cut(string what) => Fault(TorchFileError.Truncated, $"it ends before {what} does");
}
