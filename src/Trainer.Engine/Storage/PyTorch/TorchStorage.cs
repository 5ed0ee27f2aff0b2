using System.Collections.Immutable;

namespace Trainer.Engine.Storage.PyTorch;

/// <summary>A storage that a pickle names: the elements that one or more tensors are views of.</summary>
/// <param name="Key">Its name among the file's storages.</param>
/// <param name="Dtype">Element type.</param>
/// <param name="Count">Number of elements.</param>
internal sealed record TorchStorage(string Key, ScalarType Dtype, long Count)
{
    private static readonly Dictionary<string, (ScalarType Dtype, int Size)> Types = new(StringComparer.Ordinal)
    {
        ["BoolStorage"] = (ScalarType.Bool, 1),
        ["ByteStorage"] = (ScalarType.Byte, 1),
        ["CharStorage"] = (ScalarType.Int8, 1),
        ["ShortStorage"] = (ScalarType.Int16, 2),
        ["IntStorage"] = (ScalarType.Int32, 4),
        ["LongStorage"] = (ScalarType.Int64, 8),
        ["HalfStorage"] = (ScalarType.Float16, 2),
        ["BFloat16Storage"] = (ScalarType.BFloat16, 2),
        ["FloatStorage"] = (ScalarType.Float32, 4),
        ["DoubleStorage"] = (ScalarType.Float64, 8),
    };

    /// <summary>Bytes of an element.</summary>
    public int ElementSize { get; } = Types.Values.First(type => type.Dtype == Dtype).Size;

    /// <summary>The dtype of a storage class in the module torch; null for another class.</summary>
    public static ScalarType? DtypeOf(string name) => Types.TryGetValue(name, out var type) ? type.Dtype : null;

    /// <summary>The storage class of a dtype; null where torch has none of those read here.</summary>
    public static string? ClassOf(ScalarType dtype) =>
        Types.Where(type => type.Value.Dtype == dtype).Select(type => type.Key).FirstOrDefault();
}

/// <summary>A tensor that a pickle describes: a view of a storage, which it does not leave.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Offset">The element at which it begins.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Strides">Strides in elements.</param>
internal sealed record TorchTensor(
    TorchStorage Storage, long Offset, ImmutableArray<long> Shape, ImmutableArray<long> Strides)
{
    private const int MostDimensions = 64;

    // A view that repeats elements, as of Tensor.expand, could be of any size, whatever the file's.
    private const int MostRepeated = 1 << 20;

    /// <summary>The elements from its first to its last.</summary>
    public long Span { get; } = Shape.Contains(0) ? 0
        : 1 + Shape.Zip(Strides).Sum(pair => (pair.First - 1) * pair.Second);

    /// <summary>A tensor that was checked; or what is wrong with it.</summary>
    public static (TorchTensor? Tensor, string? Problem) Create(
        TorchStorage storage, long offset, ImmutableArray<long> shape, ImmutableArray<long> strides)
    {
        var words = $"a tensor of sizes [{string.Join(", ", shape)}], strides [{string.Join(", ", strides)}] "
            + $"and offset {offset}";
        if (shape.Length != strides.Length || shape.Length > MostDimensions || offset < 0
            || shape.Any(size => size < 0) || strides.Any(stride => stride < 0))
            return (null, $"{words} is none");
        UInt128 count = 1;
        var last = (UInt128)(ulong)offset;
        foreach (var (size, stride) in shape.Zip(strides))
        {
            // Sizes of zero count as one: torch multiplies them so for its strides.
            count *= (UInt128)(ulong)Math.Max(size, 1);
            last += (UInt128)(ulong)Math.Max(size - 1, 0) * (UInt128)(ulong)stride;
            if (count > long.MaxValue || last > long.MaxValue)
                return (null, $"{words} takes more than 63 bits");
        }
        var isInside = shape.Contains(0) ? offset <= storage.Count : last < (UInt128)(ulong)storage.Count;
        return !isInside ? Outside()
            : shape.Contains(0) || count <= (UInt128)(ulong)Math.Max(storage.Count, MostRepeated)
            ? (new(storage, offset, shape, strides), null)
            : (null, $"{words} repeats the {storage.Count} elements of its storage '{storage.Key}' to more than "
                + $"{MostRepeated}; save tensor.contiguous() in its place");

        (TorchTensor?, string?) Outside() =>
            (null, $"{words} does not fit its storage '{storage.Key}' of {storage.Count} elements");
    }
}
