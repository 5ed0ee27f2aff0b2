using Trainer.Engine.Storage.PyTorch;

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
        var reader = new PickleReader(pickle, "a pickle", (_, problem) => new InvalidDataException(problem));
        while (true)
        {
            var opcode = reader.Next();
            switch ((char)opcode)
            {
                case '.':
                    return found;
                case 'X':
                    values.Add(reader.Text(reader.Int32()));
                    break;
                case 'c':
                    reader.Line();
                    values.Add(reader.Line());
                    break;
                case 'K':
                    values.Add((long)reader.Byte());
                    break;
                case 'M':
                    values.Add((long)reader.UInt16());
                    break;
                case 'J':
                    values.Add((long)reader.Int32());
                    break;
                case '\u008a':
                    values.Add(reader.Number(reader.Byte()));
                    break;
                case 'G':
                    reader.Double();
                    break;
                case 'q' or 'r':
                    var place = opcode == 'q' ? reader.Byte() : reader.UInt32();
                    if (values.Count > 0)
                        memo[place] = values[^1];
                    break;
                case 'h' or 'j':
                    if (memo.TryGetValue(opcode == 'h' ? reader.Byte() : reader.UInt32(), out var value))
                        values.Add(value);
                    break;
                case '\u0080':
                    reader.Byte();
                    break;
                case 'Q':
                    found.Add(values is [.., "storage", string type, string key, string, long count]
                        ? new(key, type, count) : throw reader.Fault(TorchFileError.InvalidTensor, "found no storage"));
                    break;
                case '(' or ')' or 't' or '}' or ']' or 'u' or 's' or 'e' or 'a' or 'b' or 'R' or 'N' or '\u0081'
                    or '\u0085' or '\u0086' or '\u0087' or '\u0088' or '\u0089':
                    break;
                default:
                    throw reader.Fault(TorchFileError.Refused, $"found the opcode 0x{opcode:x2}");
            }
        }
    }
}
