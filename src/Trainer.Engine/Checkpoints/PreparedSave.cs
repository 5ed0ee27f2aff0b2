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
    BestSave? Best)
{
    /// <summary>Decides a save.</summary>
    /// <param name="number">Of the save.</param>
    /// <param name="files">Each file's name and what writes it.</param>
    /// <param name="state">The run's, with the best save before this one.</param>
    public static PreparedSave Of(
        long number, IReadOnlyList<(string Name, Action<Stream> Write)> files, CheckpointState state)
    {
        var name = new CheckpointName(number, state.GlobalStep);
        var score = state.Score is { } value && double.IsFinite(value) ? state.Score : null;
        var best = score > (state.Best?.Score ?? double.NegativeInfinity)
            ? new BestSave(score.Value, name.Step, name.Save) : state.Best;
        var json = CheckpointFormat.Write(
            state with { Format = CheckpointFormat.Current, Score = score, Best = best });
        return new PreparedSave(name, files, json, score, best);
    }
}
