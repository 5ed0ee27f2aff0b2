using System.Collections.Immutable;

namespace Trainer.Engine.Storage.Safetensors;

/// <summary>One tensor of a safetensors file, as its header describes it.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Dtype">Element type.</param>
/// <param name="Shape">Size of each dimension, row-major; empty for a scalar.</param>
/// <param name="Offset">Where its bytes begin, from the start of the file.</param>
/// <param name="Length">Number of its bytes.</param>
public sealed record SafetensorsEntry(
    string Name, ScalarType Dtype, ImmutableArray<long> Shape, long Offset, long Length)
    : TensorEntry(Name, Dtype, Shape);
