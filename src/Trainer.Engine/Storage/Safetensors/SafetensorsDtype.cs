namespace Trainer.Engine.Storage.Safetensors;

/// <summary>
/// The element types that the format and torch share, in the format's own order (of rising alignment).
/// </summary>
internal sealed record SafetensorsDtype(string Name, ScalarType Type, int Size)
{
    public static readonly IReadOnlyList<SafetensorsDtype> All =
    [
        new("BOOL", ScalarType.Bool, 1),
        new("U8", ScalarType.Byte, 1),
        new("I8", ScalarType.Int8, 1),
        new("I16", ScalarType.Int16, 2),
        new("F16", ScalarType.Float16, 2),
        new("BF16", ScalarType.BFloat16, 2),
        new("I32", ScalarType.Int32, 4),
        new("F32", ScalarType.Float32, 4),
        new("C64", ScalarType.ComplexFloat32, 8),
        new("F64", ScalarType.Float64, 8),
        new("I64", ScalarType.Int64, 8),
    ];

    /// <summary>Position in <see cref="All"/>; a writer sorts by it, descending.</summary>
    public int Rank => All.Index().First(item => item.Item == this).Index;

    public static SafetensorsDtype? Find(string name) => All.FirstOrDefault(dtype => dtype.Name == name);

    public static SafetensorsDtype? Find(ScalarType type) => All.FirstOrDefault(dtype => dtype.Type == type);
}
