using System.Numerics;

namespace TorchSharp;

/// <summary>Which .NET type stands for which element type.</summary>
internal static class ElementType
{
    private static readonly Dictionary<Type, torch.ScalarType> types = new()
    {
        [typeof(bool)] = torch.ScalarType.Bool,
        [typeof(byte)] = torch.ScalarType.Byte,
        [typeof(sbyte)] = torch.ScalarType.Int8,
        [typeof(short)] = torch.ScalarType.Int16,
        [typeof(int)] = torch.ScalarType.Int32,
        [typeof(long)] = torch.ScalarType.Int64,
        [typeof(Half)] = torch.ScalarType.Float16,
        [typeof(float)] = torch.ScalarType.Float32,
        [typeof(double)] = torch.ScalarType.Float64,
        [typeof((float, float))] = torch.ScalarType.ComplexFloat32,
        [typeof(Complex)] = torch.ScalarType.ComplexFloat64,
    };

    public static bool TryGet(Type type, out torch.ScalarType found) => types.TryGetValue(type, out found);

    /// <exception cref="NotSupportedException">No element type corresponds.</exception>
    public static torch.ScalarType Of(Type type) =>
        types.TryGetValue(type, out var found) ? found : throw new NotSupportedException($"The type {type.FullName} is not supported.");
}
