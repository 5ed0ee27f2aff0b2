using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Trainer.Engine.Storage.PyTorch;

/// <summary>Writes the pickle (protocol 2) of a state dict, each tensor row-major in a storage of its own.</summary>
internal sealed class PickleWriter
{
    private const byte EmptyTuple = (byte)')';
    private const byte Mark = (byte)'(';
    private const byte Reduce = (byte)'R';
    private const byte Tuple = (byte)'t';
    private readonly ArrayBufferWriter<byte> pickle = new();

    private PickleWriter()
    {
    }

    /// <summary>The pickle of an OrderedDict of tensors; the storage of the n-th has the key n.</summary>
    /// <exception cref="ArgumentException">PyTorch has no storage of that dtype.</exception>
    public static byte[] StateDict(IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        var writer = new PickleWriter();
        writer.Put(0x80, 2);
        writer.OrderedDict();
        writer.Put(Mark);
        foreach (var (index, (name, tensor)) in tensors.Index())
        {
            writer.Text(name);
            writer.TensorOf(name, tensor, $"{index}");
        }
        writer.Put((byte)'u', (byte)'.');
        return writer.pickle.WrittenSpan.ToArray();
    }

    private void TensorOf(string name, Tensor tensor, string key)
    {
        var type = TorchStorage.ClassOf(tensor.dtype)
            ?? throw new ArgumentException($"'{name}' is {tensor.dtype}, and PyTorch has no storage of it.");
        Global("torch._utils", "_rebuild_tensor_v2");
        Put(Mark, Mark);
        Text("storage");
        Global("torch", type);
        Text(key);
        Text("cpu");
        Number(tensor.numel());
        Put(Tuple, (byte)'Q');
        Number(0);
        Numbers(tensor.shape);
        Numbers(RowMajor(tensor.shape));
        Put(0x89); // no gradient
        OrderedDict(); // no hooks
        Put(Tuple, Reduce);
    }

    private void OrderedDict()
    {
        Global("collections", "OrderedDict");
        Put(EmptyTuple, Reduce);
    }

    private void Numbers(long[] numbers)
    {
        Put(Mark);
        foreach (var number in numbers)
            Number(number);
        Put(Tuple);
    }

    private void Number(long number)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        if (number <= int.MaxValue)
            Put([(byte)'J', .. bytes[..sizeof(int)]]);
        else
            Put([0x8a, sizeof(long), .. bytes]);
    }

    private void Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        Put([(byte)'X', .. length, .. bytes]);
    }

    private void Global(string module, string name) => Put(Encoding.ASCII.GetBytes($"c{module}\n{name}\n"));

    private void Put(params ReadOnlySpan<byte> bytes) => pickle.Write(bytes);

    private static long[] RowMajor(long[] shape)
    {
        var strides = new long[shape.Length];
        var step = 1L;
        for (var place = shape.Length - 1; place >= 0; place--)
        {
            strides[place] = step;
            step *= Math.Max(shape[place], 1);
        }
        return strides;
    }
}
