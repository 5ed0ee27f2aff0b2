using System.Runtime.InteropServices;
using System.Text;

namespace TorchSharp.Dispatching;

/// <summary>One argument of an operator: a number in place, or a reference that lives until the call is over.</summary>
internal readonly struct Argument
{
    private readonly object? reference;
    private readonly long bits;
    private readonly int length;
    private readonly Tag tag;

    private Argument(Tag tag, long bits, object? reference = null, int length = 0)
    {
        this.tag = tag;
        this.bits = bits;
        this.reference = reference;
        this.length = length;
    }

    public static Argument None => default;

    /// <summary>The schema's own default, for a gap before a later argument.</summary>
    public static Argument Default => new(Tag.Default, 0);

    public static Argument Ellipsis => new(Tag.Ellipsis, 0);

    /// <summary>A slice of an index: start, stop and step.</summary>
    public static Argument Slice(long start, long stop, long step) => new(Tag.Slice, 0, new[] { start, stop, step });

    public static Argument List(IReadOnlyList<torch.Tensor?> tensors) => tensors as torch.Tensor?[] ?? [.. tensors];

    public static Argument List(ReadOnlySpan<long> values) => values.ToArray();

    public static implicit operator Argument(torch.Tensor? value) => value is null ? default : new(Tag.Tensor, value.Handle, value);
    public static implicit operator Argument(int value) => new(Tag.Int, value);
    public static implicit operator Argument(long value) => new(Tag.Int, value);
    public static implicit operator Argument(double value) => new(Tag.Double, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Argument(bool value) => new(Tag.Bool, value ? 1 : 0);
    public static implicit operator Argument(long? value) => value is { } present ? present : default(Argument);
    public static implicit operator Argument(double? value) => value is { } present ? present : default(Argument);
    public static implicit operator Argument(bool? value) => value is { } present ? present : default(Argument);
    public static implicit operator Argument(long[]? value) => value is null ? default : new(Tag.IntList, 0, value);
    public static implicit operator Argument(double[]? value) => value is null ? default : new(Tag.DoubleList, 0, value);
    public static implicit operator Argument(bool[]? value) => value is null ? default : new(Tag.BoolList, 0, value);
    public static implicit operator Argument(torch.Tensor?[]? value) => value is null ? default : new(Tag.TensorList, 0, value);
    public static implicit operator Argument(torch.ScalarType value) => new(Tag.Int, (long)value);
    public static implicit operator Argument(torch.ScalarType? value) => value is { } present ? present : default(Argument);
    public static implicit operator Argument(torch.Device? value) => value is null ? default : new(Tag.Device, (long)value.type, null, value.index);
    public static implicit operator Argument(string? value) => value is null ? default : new(Tag.String, 0, value);
    public static implicit operator Argument(Scalar? value) => value is null ? default : value.ToArgument();
    public static implicit operator Argument(torch.Generator? value) => value is null ? default : new(Tag.Generator, value.Valid(), value);

    public static Argument Complex(System.Numerics.Complex value) => new(Tag.Complex, 0, new[] { value.Real, value.Imaginary });

    private bool UsesScratch => tag is (>= Tag.Complex and <= Tag.String) or Tag.Slice;

    /// <summary>Bytes that <see cref="Write"/> needs beside the value itself.</summary>
    public int ScratchBytes => UsesScratch ? Measure() : 0;

    /// <summary>Writes the native form, with lists and text copied to the scratch memory; returns the bytes used there.</summary>
    public unsafe int Write(Value* value, byte* scratch)
    {
        value->Tag = tag;
        value->Length = length;
        value->Integer = bits;
        return UsesScratch ? Copy(value, scratch) : 0;
    }

    /// <summary>Keeps what the argument refers to alive up to this point.</summary>
    public void KeepAlive() => GC.KeepAlive(reference);

    private int Measure() => reference switch
    {
        bool[] list => Align(list.Length),
        string text => Align(Encoding.UTF8.GetByteCount(text)),
        Array list => list.Length * 8,
        _ => 0,
    };

    private unsafe int Copy(Value* value, byte* scratch)
    {
        value->Pointer = scratch;
        switch (reference)
        {
            case long[] list:
                value->Length = list.Length;
                list.CopyTo(new Span<long>(scratch, list.Length));
                break;
            case double[] list:
                value->Length = list.Length;
                list.CopyTo(new Span<double>(scratch, list.Length));
                break;
            case bool[] list:
                value->Length = list.Length;
                MemoryMarshal.AsBytes(list.AsSpan()).CopyTo(new Span<byte>(scratch, list.Length));
                break;
            case torch.Tensor?[] list:
                value->Length = list.Length;
                for (var i = 0; i < list.Length; i++)
                    ((nint*)scratch)[i] = list[i]?.Handle ?? 0;
                break;
            case string text:
                value->Length = Encoding.UTF8.GetBytes(text, new Span<byte>(scratch, Encoding.UTF8.GetByteCount(text)));
                break;
        }
        return Measure();
    }

    private static int Align(int bytes) => (bytes + 7) & ~7;
}
