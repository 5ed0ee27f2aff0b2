using System.Buffers.Binary;
using System.Text;

namespace Trainer.Engine.Weights.Foreign;

/// <summary>A record of tensor values that a pickle of TorchScript names.</summary>
/// <param name="Key">The name of the record.</param>
/// <param name="Type">PyTorch's name of the type: "FloatStorage".</param>
/// <param name="Count">The number of values.</param>
internal sealed record PickledStorage(string Key, string Type, long Count)
{
    // Bytes of a complex number of two doubles.
    private const int LargestValue = 16;

    /// <summary>The length of the record.</summary>
    /// <exception cref="InvalidDataException">The type is unknown, or no file has so many values.</exception>
    public long Bytes => Count is >= 0 and <= long.MaxValue / LargestValue ? Count * ValueSize
        : throw new InvalidDataException($"Found {Count} values of {Type}.");

    private int ValueSize => Type switch
    {
        "DoubleStorage" or "LongStorage" or "ComplexFloatStorage" => 8,
        "FloatStorage" or "IntStorage" => 4,
        "HalfStorage" or "BFloat16Storage" or "ShortStorage" => 2,
        "ByteStorage" or "CharStorage" or "BoolStorage" => 1,
        "ComplexDoubleStorage" => LargestValue,
        _ => throw new InvalidDataException($"Found tensors of {Type}, expected a type of PyTorch."),
    };

    /// <summary>
    /// The records that a pickle names, as ('storage', type, key, device, count). Reads the opcodes that libtorch's
    /// pickler writes and builds nothing.
    /// </summary>
    /// <param name="pickle">The bytes.</param>
    /// <exception cref="InvalidDataException">It ends early or has other opcodes.</exception>
    public static IReadOnlyList<PickledStorage> Of(byte[] pickle)
    {
        var found = new List<PickledStorage>();
        var memo = new Dictionary<long, object>();
        // The last values that were pushed; marks, tuples and calls are of no interest.
        var values = new List<object>();
        var place = 0;
        while (true)
        {
            var opcode = Take(1)[0];
            switch ((char)opcode)
            {
                case '.':
                    return found;
                case 'X':
                    Push(Encoding.UTF8.GetString(Take(BinaryPrimitives.ReadInt32LittleEndian(Take(4)))));
                    break;
                case 'c':
                    Line();
                    Push(Line());
                    break;
                case 'K':
                    Push((long)Take(1)[0]);
                    break;
                case 'M':
                    Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                    break;
                case 'J':
                    Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                    break;
                case '\u008a':
                    Push(Long(Take(Take(1)[0])));
                    break;
                case 'G':
                    Take(8);
                    break;
                case 'q':
                    Remember(Take(1)[0]);
                    break;
                case 'r':
                    Remember(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)));
                    break;
                case 'h':
                    Recall(Take(1)[0]);
                    break;
                case 'j':
                    Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)));
                    break;
                case '\u0080':
                    Take(1);
                    break;
                case 'Q':
                    found.Add(values is [.., "storage", string type, string key, string, long count]
                        ? new(key, type, count)
                        : throw new InvalidDataException($"Found no storage before byte {place} of a pickle."));
                    break;
                case '(' or ')' or 't' or '}' or ']' or 'u' or 's' or 'e' or 'a' or 'b' or 'R' or 'N' or '\u0081'
                    or '\u0085' or '\u0086' or '\u0087' or '\u0088' or '\u0089':
                    break;
                default:
                    throw new InvalidDataException($"Found the opcode 0x{opcode:x2} at byte {place - 1} of a pickle.");
            }
        }

        Span<byte> Take(long count)
        {
            if (count < 0 || count > pickle.Length - place)
                throw new InvalidDataException($"A pickle of {pickle.Length} bytes ends early.");
            place += (int)count;
            return pickle.AsSpan(place - (int)count, (int)count);
        }

        string Line()
        {
            var end = Array.IndexOf(pickle, (byte)'\n', place);
            var line = Encoding.UTF8.GetString(Take(end < 0 ? long.MaxValue : end - place));
            Take(1);
            return line;
        }

        static long Long(ReadOnlySpan<byte> bytes)
        {
            if (bytes.Length > sizeof(long))
                throw new InvalidDataException($"Found a number of {bytes.Length} bytes in a pickle.");
            var value = 0L;
            for (var index = bytes.Length - 1; index >= 0; index--)
                value = (value << 8) | bytes[index];
            return value;
        }

        void Push(object value) => values.Add(value);

        void Remember(long key)
        {
            if (values.Count > 0)
                memo[key] = values[^1];
        }

        void Recall(long key)
        {
            if (memo.TryGetValue(key, out var value))
                Push(value);
        }
    }
}
