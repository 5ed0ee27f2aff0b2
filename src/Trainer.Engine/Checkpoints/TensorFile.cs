namespace Trainer.Engine.Checkpoints;

/// <summary>One safetensors file of a checkpoint.</summary>
/// <param name="Name">Without its extension; see <see cref="CheckpointFiles"/>.</param>
/// <param name="Tensors">By key; on any device, of any memory layout.</param>
/// <param name="Metadata">Strings for the file's header.</param>
public sealed record TensorFile(
    string Name,
    IReadOnlyList<(string Key, Tensor Tensor)> Tensors,
    IReadOnlyDictionary<string, string> Metadata);
