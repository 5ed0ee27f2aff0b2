using System.Globalization;

namespace Trainer.Engine.Storage.PyTorch;

/// <summary>
/// Computes the value of a pickle (Python's pickle protocols 2 to 5, PEP 307 and 3154) by the instructions that state
/// dicts need. An interpreter of its own, because a scan that a library's interpreter could be trusted after would need
/// the same reading of instructions, memo and stack, and here whatever is not on the list is refused by construction.
/// Memory is bounded by the pickle's length.
/// </summary>
internal sealed class PickleMachine
{
    /// <summary>The longest pickle that is read.</summary>
    public const int LongestPickle = 16 << 20;

    private const int MostInstructions = 5_000_000;
    private const byte Stop = (byte)'.';
    private readonly PickleReader reader;
    private readonly List<object?> stack = [];
    private readonly Stack<int> marks = [];
    private readonly Dictionary<long, object?> memo = [];
    private readonly Dictionary<string, TorchStorage> storages = new(StringComparer.Ordinal);

    private PickleMachine(PickleReader reader) => this.reader = reader;

    /// <summary>Computes the value of the pickle at the reader's position.</summary>
    /// <exception cref="TorchFileException">It is malformed, or asks for something that is not on the list.</exception>
    public static (object? Value, IReadOnlyDictionary<string, TorchStorage> Storages) Run(PickleReader reader)
    {
        var machine = new PickleMachine(reader);
        for (var count = 0; count < MostInstructions; count++)
        {
            var code = reader.Next();
            if (code == Stop)
                return (machine.Pop(), machine.storages);
            machine.Execute(code);
        }
        throw reader.Fault(TorchFileError.TooLarge, $"more than {MostInstructions} instructions");
    }

    private void Execute(byte code)
    {
        switch ((char)code)
        {
            case '\x80': // PROTO
                if (reader.Byte() is var version and (< 2 or > 5))
                    throw reader.Fault(TorchFileError.InvalidPickle, $"found protocol {version}, expected 2 to 5");
                break;
            case '\x95': // FRAME
                reader.Int64();
                break;
            case '(':
                marks.Push(stack.Count);
                break;
            case '0':
                Pop();
                break;
            case '1':
                PopToMark();
                break;
            case '2':
                Push(Peek());
                break;
            case 'q' or 'r' or '\x94':
                Keep(code == 'q' ? reader.Byte() : code == 'r' ? reader.UInt32() : memo.Count);
                break;
            case 'h' or 'j':
                var place = code == 'h' ? reader.Byte() : reader.UInt32();
                Push(memo.TryGetValue(place, out var kept) ? kept
                    : throw reader.Fault(TorchFileError.InvalidPickle, $"nothing was kept as {place}"));
                break;
            case 'c':
                Push(Find(reader.Line(), reader.Line()));
                break;
            case '\x93': // STACK_GLOBAL
                var name = Pop();
                Push(Pop() is string module && name is string text ? Find(module, text) : throw Unexpected("a name"));
                break;
            case 'R':
                Call(Pop() as PickleTuple ?? throw Unexpected("the arguments of a call"));
                break;
            case 'Q':
                Refer(Pop());
                break;
            case 'b': // attributes, such as the _metadata of a state dict, which are not used
                Pop();
                if (Peek() is not PickleDict)
                    throw reader.Fault(TorchFileError.Refused, $"{PickleGlobals.Kind(Peek())} is given attributes");
                break;
            default:
                if (!PushScalar((char)code) && !BuildContainer((char)code))
                    throw reader.Fault(TorchFileError.Refused,
                        $"the instruction 0x{code.ToString("x2", CultureInfo.InvariantCulture)} builds no tensor or "
                        + "plain container");
                break;
        }
    }

    /// <summary>Pushes a number, a text or the like; false for another instruction.</summary>
    private bool PushScalar(char code)
    {
        switch (code)
        {
            case 'N': Push(null); break;
            case '\x88': Push(true); break;
            case '\x89': Push(false); break;
            case 'J': Push((long)reader.Int32()); break;
            case 'K': Push((long)reader.Byte()); break;
            case 'M': Push((long)reader.UInt16()); break;
            case '\x8a': Push(reader.Number(reader.Byte())); break;
            case 'G': Push(reader.Double()); break;
            case 'X': Push(reader.Text(reader.UInt32())); break;
            case '\x8c': Push(reader.Text(reader.Byte())); break;
            case '\x8d': Push(reader.Text(reader.Int64())); break;
            case 'U' or 'C': Push(reader.Latin(reader.Byte())); break;
            case 'T' or 'B': Push(reader.Latin(reader.UInt32())); break;
            default: return false;
        }
        return true;
    }

    /// <summary>Builds or fills a container; false for another instruction.</summary>
    private bool BuildContainer(char code)
    {
        switch (code)
        {
            case ']' or '\x8f': Push(new PickleList()); break;
            case '}': Push(new PickleDict()); break;
            case ')': Push(new PickleTuple([])); break;
            case '\x85': Push(new PickleTuple(PopMany(1))); break;
            case '\x86': Push(new PickleTuple(PopMany(2))); break;
            case '\x87': Push(new PickleTuple(PopMany(3))); break;
            case 't': Push(new PickleTuple(PopToMark())); break;
            case 'a': Append(PopMany(1)); break;
            case 'e' or '\x90': Append(PopToMark()); break;
            case 's': Set(PopMany(2)); break;
            case 'u': Set(PopToMark()); break;
            default: return false;
        }
        return true;
    }

    // Places within the number of instructions: others could be chosen so that a hash table becomes slow.
    private void Keep(long place) => memo[place < MostInstructions ? place
        : throw reader.Fault(TorchFileError.TooLarge, $"a value is kept as {place}")] = Peek();

    private PickleGlobal Find(string module, string name) => PickleGlobals.Find(module, name)
        ?? throw reader.Fault(TorchFileError.Refused,
        $"it asks for '{module}.{name}', expected tensors and plain containers alone; nothing was executed");

    private void Call(PickleTuple arguments)
    {
        var function = Pop() as PickleGlobal
            ?? throw reader.Fault(TorchFileError.Refused, "it calls something that is not a known function");
        var (value, problem) = PickleGlobals.Call(function, arguments.Items);
        Push(problem is null ? value : throw reader.Fault(TorchFileError.InvalidTensor, problem));
    }

    private void Refer(object? identifier)
    {
        var (storage, problem) = PickleGlobals.Storage(identifier);
        if (storage is null)
            throw reader.Fault(TorchFileError.InvalidTensor, problem!);
        if (storages.TryGetValue(storage.Key, out var known) && known != storage)
            throw reader.Fault(TorchFileError.InvalidTensor,
                $"the storage '{storage.Key}' is {known.Count} {known.Dtype} and {storage.Count} {storage.Dtype}");
        storages[storage.Key] = storage;
        Push(storage);
    }

    private void Append(object?[] items) =>
        (Peek() as PickleList ?? throw Unexpected("a list")).Items.AddRange(items);

    private void Set(object?[] items)
    {
        var dict = Peek() as PickleDict ?? throw Unexpected("a dict");
        if (items.Length % 2 != 0)
            throw Unexpected("a value for each key");
        for (var index = 0; index < items.Length; index += 2)
            dict.Members[items[index] switch
            {
                string text => text,
                long number => number.ToString(CultureInfo.InvariantCulture),
                _ => throw Unexpected("texts and whole numbers as keys"),
            }] = items[index + 1];
    }

    private void Push(object? value) => stack.Add(value);

    private object? Peek() => stack.Count > Floor ? stack[^1] : throw Unexpected("a value");

    private object? Pop()
    {
        var value = Peek();
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    /// <summary>The place of the last mark, below which no instruction reaches.</summary>
    private int Floor => marks.TryPeek(out var mark) ? mark : 0;

    private object?[] PopMany(int count)
    {
        if (stack.Count - Floor < count)
            throw Unexpected("a value");
        var items = stack[^count..].ToArray();
        stack.RemoveRange(stack.Count - count, count);
        return items;
    }

    private object?[] PopToMark()
    {
        var items = PopMany(stack.Count - (marks.Count > 0 ? Floor : throw Unexpected("a mark")));
        marks.Pop();
        return items;
    }

    private Exception Unexpected(string expected) =>
        reader.Fault(TorchFileError.InvalidPickle, $"expected {expected} on the stack");
}
