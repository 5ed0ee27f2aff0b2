using System.Runtime.InteropServices;
using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    // Ranges, sequences and tensors like others; and what all the factories share.
    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Aten.arange_start_step.Call(start, stop, step, dtype, Argument.None, On(device)).requires_grad_(requires_grad);
    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);
    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Aten.linspace.Call(start, end, steps, dtype ?? defaultDtype, Argument.None, On(device)).requires_grad_(requires_grad);
    public static Tensor logspace(double start, double end, long steps, double @base = 10, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Aten.logspace.Call(start, end, steps, @base, dtype ?? defaultDtype, Argument.None, On(device)).requires_grad_(requires_grad);
    public static Tensor eye(long rows, long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Named(names, Aten.eye_m.Call(rows, columns == -1 ? rows : columns, dtype ?? defaultDtype, Argument.None, On(device)).requires_grad_(requires_grad));
    public static Tensor empty_strided(long[] size, long[] strides, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Named(names, Aten.empty_strided.Call(size, strides, dtype ?? defaultDtype, Argument.None, On(device)).requires_grad_(requires_grad));
    public static Tensor tril_indices(long row, long col, long offset = 0, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        Aten.tril_indices.Call(row, col, offset, dtype, Argument.None, On(device));
    public static Tensor triu_indices(long row, long col, long offset = 0, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        Aten.triu_indices.Call(row, col, offset, dtype, Argument.None, On(device));
    public static Tensor complex(Tensor real, Tensor imag) => Aten.complex.Call(real, imag);

    public static Tensor zeros_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Named(names, input.zeros_like(dtype, device, requires_grad));
    public static Tensor ones_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Named(names, input.ones_like(dtype, device, requires_grad));
    public static Tensor empty_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Named(names, input.empty_like(dtype, device, requires_grad));
    public static Tensor full_like(Tensor input, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Named(names, input.full_like(value, dtype, device, requires_grad));

    /// <summary>A copy of an array of any rank and of a type that has an element type.</summary>
    public static Tensor from_array(Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromArray(rawArray, Shape(rawArray), dtype, device, requires_grad, names);
    public static Tensor from_array(Array rawArray, Device? device = null) => from_array(rawArray, null, device);
    public static Tensor as_tensor(Array data, ScalarType? dtype = null, Device? device = null) => from_array(data, dtype, device);
    public static Tensor as_tensor(Tensor data, ScalarType? dtype = null, Device? device = null) => data.to(dtype ?? data.dtype, device ?? data.device);

    internal static Tensor FromScalar(Scalar value) => value.Type switch
    {
        ScalarType.Int64 => FromOne(value.ToInt64(), null, null, false),
        ScalarType.Bool => FromOne(value.ToBoolean(), null, null, false),
        ScalarType.ComplexFloat64 => FromOne(value.ToComplexFloat64(), null, null, false),
        _ => FromOne(value.ToDouble(), null, null, false),
    };

    private static Tensor Zeros(long[] size, ScalarType? dtype, Device? device, bool requires_grad, string[]? names) =>
        Named(names, Aten.zeros.Call(size, dtype ?? defaultDtype, Argument.None, On(device)).requires_grad_(requires_grad));

    private static Tensor Ones(long[] size, ScalarType? dtype, Device? device, bool requires_grad, string[]? names) =>
        Named(names, Aten.ones.Call(size, dtype ?? defaultDtype, Argument.None, On(device)).requires_grad_(requires_grad));

    private static Tensor Empty(long[] size, ScalarType? dtype, Device? device, bool requires_grad, string[]? names) =>
        Named(names, Aten.empty_memory_format.Call(size, dtype ?? defaultDtype, Argument.None, On(device)).requires_grad_(requires_grad));

    private static Tensor Full(long[] size, Scalar value, ScalarType? dtype, Device? device, bool requires_grad, string[]? names) =>
        Named(names, Aten.full.Call(size, value, dtype ?? (is_integral(value.Type) ? ScalarType.Int64 : defaultDtype), Argument.None, On(device)).requires_grad_(requires_grad));

    private static Tensor FromOne<T>(T value, ScalarType? dtype, Device? device, bool requires_grad) where T : unmanaged =>
        FromSpan(new ReadOnlySpan<T>(in value), [], dtype, device, requires_grad, null);

    private static Tensor From<T>(IList<T> values, ReadOnlySpan<long> shape, ScalarType? dtype, Device? device, bool requires_grad, string[]? names) where T : unmanaged =>
        FromSpan(values as T[] ?? [.. values], shape, dtype, device, requires_grad, names);

    private static Tensor From<T>(Memory<T> values, ReadOnlySpan<long> shape, ScalarType? dtype, Device? device, bool requires_grad, string[]? names) where T : unmanaged =>
        FromSpan(values.Span, shape, dtype, device, requires_grad, names);

    private static Tensor FromNested(Array values, ScalarType? dtype, Device? device, bool requires_grad, string[]? names) =>
        FromArray(values, Shape(values), dtype, device, requires_grad, names);

    private static unsafe Tensor FromSpan<T>(ReadOnlySpan<T> values, ReadOnlySpan<long> shape, ScalarType? dtype, Device? device, bool requires_grad, string[]? names) where T : unmanaged
    {
        fixed (T* source = values)
            return FromMemory(source, values.Length, sizeof(T), ElementType.Of(typeof(T)), shape, dtype, device, requires_grad, names);
    }

    private static unsafe Tensor FromArray(Array values, ReadOnlySpan<long> shape, ScalarType? dtype, Device? device, bool requires_grad, string[]? names)
    {
        var element = values.GetType().GetElementType() ?? throw new ArgumentException("an array without element type", nameof(values));
        var type = ElementType.Of(element);
        fixed (byte* source = &MemoryMarshal.GetArrayDataReference(values))
            return FromMemory(source, values.LongLength, type.ElementSize(), type, shape, dtype, device, requires_grad, names);
    }

    private static unsafe Tensor FromMemory(
        void* source, long length, int elementSize, ScalarType stored, ReadOnlySpan<long> shape, ScalarType? dtype, Device? device, bool requires_grad, string[]? names)
    {
        var count = 1L;
        foreach (var extent in shape)
            count *= extent;
        if (count > length) throw new ArgumentException($"mismatched total size creating a tensor from an array: {count} vs. {length}");
        Native.EnsureLoaded();
        nint result;
        fixed (long* sizes = shape)
            Native.Check(NativeMethods.td_tensor_from_memory(source, count * elementSize, sizes, shape.Length, (int)stored, &result));
        var tensor = new Tensor(result);
        var target = InitializeDevice(device);
        if ((dtype ?? stored) != stored || target.type != DeviceType.CPU)
            tensor = tensor.to(dtype ?? stored, target, disposeAfter: true);
        return Named(names, requires_grad ? tensor.requires_grad_() : tensor);
    }

    private static long[] Shape(Array values) => [.. Enumerable.Range(0, values.Rank).Select(values.GetLongLength)];

    private static Device On(Device? device) => InitializeDevice(device);

    private static Tensor Named(string[]? names, Tensor tensor) =>
        names is null or [] ? tensor : throw new NotSupportedException("named dimensions are not part of this subset of TorchSharp");
}
