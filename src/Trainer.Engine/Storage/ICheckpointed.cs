using System.Text.Json.Nodes;

namespace Trainer.Engine.Storage;

/// <summary>Something whose state belongs to a checkpoint: tensors, and a JSON value for the rest.</summary>
public interface ICheckpointed
{
    /// <summary>Names the part in checkpoints.</summary>
    string Name { get; }

    /// <summary>The live tensors: saved as they are, and copied into on resuming.</summary>
    IReadOnlyList<(string Key, Tensor Tensor)> Tensors { get; }

    /// <summary>The rest of the state; null for none.</summary>
    JsonNode? Save();

    /// <summary>Restores what <see cref="Save"/> returned.</summary>
    void Load(JsonNode? value);
}
