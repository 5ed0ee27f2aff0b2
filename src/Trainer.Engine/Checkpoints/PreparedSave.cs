namespace Trainer.Engine.Checkpoints;

/// <summary>A save that is decided in all but its tensors' bytes; it can be written by another thread.</summary>
/// <param name="Name">The folder that it becomes.</param>
/// <param name="Files">Each file's name and what writes it; nothing changes its tensors any more.</param>
/// <param name="State">state.json.</param>
/// <param name="Score">The score of its own weights.</param>
/// <param name="Best">The best save once this one is written.</param>
internal sealed record PreparedSave(
    CheckpointName Name,
    IReadOnlyList<(string Name, Action<Stream> Write)> Files,
    byte[] State,
    double? Score,
    BestSave? Best);
