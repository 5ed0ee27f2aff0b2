using System.Security.Cryptography;

namespace Trainer.Engine.Storage;

/// <summary>Hashes what is written through it.</summary>
internal sealed class HashingStream(Stream inner, Action beforeWrite) : Stream
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long written;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => written;

    public override long Position
    {
        get => written;
        set => throw new NotSupportedException();
    }

    public ManifestEntry Entry() => new(written, Convert.ToHexStringLower(hash.GetCurrentHash()));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        beforeWrite();
        try
        {
            inner.Write(buffer);
        }
        catch (ArgumentOutOfRangeException exception)
        {
            // What .NET makes of the system's answer to a file above a quota, or above what the file system can hold.
            throw new IOException($"The system refuses a file of more than {written} bytes here.", exception);
        }
        hash.AppendData(buffer);
        written += buffer.Length;
    }

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            hash.Dispose();
        base.Dispose(disposing);
    }
}
