using System.Collections.Immutable;

namespace Trainer.Engine.Storage;

/// <summary>One tensor of a file, as the file describes it.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Dtype">Element type.</param>
/// <param name="Shape">Size of each dimension; empty for a scalar.</param>
public record TensorEntry(string Name, ScalarType Dtype, ImmutableArray<long> Shape);
