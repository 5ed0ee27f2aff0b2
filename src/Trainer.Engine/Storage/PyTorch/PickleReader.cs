using System.Numerics;
using System.Text;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Trainer.Engine.Storage.PyTorch;

/// <summary>
/// Reads a pickle's instructions and their arguments, each checked against the bytes that are left before anything is
/// allocated.
/// </summary>
/// <param name="bytes">The pickle, and perhaps more behind it.</param>
/// <param name="place">What the bytes are, for messages.</param>
/// <param name="fault">Makes the error.</param>
internal sealed class PickleReader(byte[] bytes, string place, Func<TorchFileError, string, Exception> fault)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
    private int instruction;

    /// <summary>The byte after what was read.</summary>
    public int Position { get; private set; }

    /// <summary>The next instruction.</summary>
    public byte Next()
    {
        instruction = Position;
        return Take(1)[0];
    }

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => ReadUInt16LittleEndian(Take(2));

    public int Int32() => ReadInt32LittleEndian(Take(4));

    public uint UInt32() => ReadUInt32LittleEndian(Take(4));

    public long Int64() => ReadInt64LittleEndian(Take(8));

    public double Double() => ReadDoubleBigEndian(Take(8));

    /// <summary>A whole number of so many bytes: long where it fits.</summary>
    public object Number(int length)
    {
        var number = new BigInteger(Take(length));
        return number >= long.MinValue && number <= long.MaxValue ? (long)number : number;
    }

    /// <summary>UTF-8 of a length in bytes.</summary>
    public string Text(long length)
    {
        var text = Take(length);
        try
        {
            return Strict.GetString(text);
        }
        catch (DecoderFallbackException)
        {
            throw Fault(TorchFileError.InvalidPickle, "a text is not UTF-8");
        }
    }

    /// <summary>Bytes of a length, as Latin-1 text: what Python 2 wrote for its strings.</summary>
    public string Latin(long length) => Encoding.Latin1.GetString(Take(length));

    /// <summary>A text up to the end of the line.</summary>
    public string Line()
    {
        var length = bytes.AsSpan(Position).IndexOf((byte)'\n');
        if (length < 0)
            throw Fault(TorchFileError.InvalidPickle, "a line has no end");
        var line = Text(length);
        Position++;
        return line;
    }

    /// <summary>An error at the present instruction.</summary>
    public Exception Fault(TorchFileError error, string what) =>
        fault(error, $"at byte {instruction} of {place}, {what}");

    private ReadOnlySpan<byte> Take(long length)
    {
        if (length < 0 || length > bytes.Length - Position)
            throw Fault(TorchFileError.InvalidPickle,
                $"{length} bytes are needed, and {bytes.Length - Position} are left");
        var taken = bytes.AsSpan(Position, (int)length);
        Position += (int)length;
        return taken;
    }
}
