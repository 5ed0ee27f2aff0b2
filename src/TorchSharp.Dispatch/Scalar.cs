using TorchSharp.Dispatching;

namespace TorchSharp;

/// <summary>A number whose type is known only at run time.</summary>
public sealed class Scalar : IDisposable
{
    private readonly System.Numerics.Complex complex;
    private readonly double real;
    private readonly long integer;

    private Scalar(torch.ScalarType type, long integer, double real, System.Numerics.Complex complex = default)
    {
        Type = type;
        this.integer = integer;
        this.real = real;
        this.complex = complex;
    }

    public torch.ScalarType Type { get; }

    public static implicit operator Scalar(byte value) => Integer(value);
    public static implicit operator Scalar(sbyte value) => Integer(value);
    public static implicit operator Scalar(short value) => Integer(value);
    public static implicit operator Scalar(int value) => Integer(value);
    public static implicit operator Scalar(long value) => Integer(value);
    public static implicit operator Scalar(Half value) => Real((double)value);
    public static implicit operator Scalar(float value) => Real(value);
    public static implicit operator Scalar(double value) => Real(value);
    public static implicit operator Scalar(bool value) => new(torch.ScalarType.Bool, value ? 1 : 0, value ? 1 : 0);
    public static implicit operator Scalar((float, float) value) => new System.Numerics.Complex(value.Item1, value.Item2);
    public static implicit operator Scalar(System.Numerics.Complex value) =>
        new(torch.ScalarType.ComplexFloat64, (long)value.Real, value.Real, value);

    /// <summary>Nothing to free: a scalar is a managed value.</summary>
    public void Dispose()
    {
    }

    internal Argument ToArgument() => Type switch
    {
        torch.ScalarType.Int64 => integer,
        torch.ScalarType.Bool => integer != 0,
        torch.ScalarType.ComplexFloat64 => Argument.Complex(complex),
        _ => real,
    };

    internal double AsReal() => Type == torch.ScalarType.Int64 ? integer : real;

    internal long AsInteger() => Type == torch.ScalarType.Float64 ? (long)real : integer;

    internal System.Numerics.Complex AsComplex() => Type == torch.ScalarType.ComplexFloat64 ? complex : AsReal();

    private static Scalar Integer(long value) => new(torch.ScalarType.Int64, value, value);

    private static Scalar Real(double value) => new(torch.ScalarType.Float64, 0, value);
}
