using System.Text.Json;
using Trainer.Recipes;

namespace Trainer.Engine.Checkpoints;

/// <summary>The scores of a run folder's saves, each read once.</summary>
/// <param name="saves">Where the saves are.</param>
/// <param name="format">Reads their state.</param>
internal sealed class SaveScores(SaveFolders saves, CheckpointFormat format)
{
    private readonly Dictionary<CheckpointName, (double? Score, long ScoredFrom)> known = [];

    /// <summary>Saves with their scores; null for none, or one of another recipe than the latest.</summary>
    /// <exception cref="IOException">One cannot be read, and may be sound.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    /// <param name="names">Of saves in the folder.</param>
    /// <param name="scoredFrom">The first save of the present recipe, as far as the caller knows.</param>
    public List<(CheckpointName Name, double? Score)> Of(IReadOnlyList<CheckpointName> names, long scoredFrom)
    {
        var scores = names.Select(Find).ToList();
        var from = scores.Select(save => save.ScoredFrom).Append(scoredFrom).Max();
        return [.. names.Zip(scores, (name, save) => (name, name.Save >= from ? save.Score : null))];
    }

    /// <summary>Saves that have a score, the best first.</summary>
    /// <param name="names">Of saves in the folder.</param>
    /// <param name="scoredFrom">The first save of the present recipe, as far as the caller knows.</param>
    /// <exception cref="TrainerException">A score cannot be read.</exception>
    public IEnumerable<BestSave> Ranked(IReadOnlyList<CheckpointName> names, long scoredFrom)
    {
        try
        {
            return Of(names, scoredFrom).Where(save => save.Score is not null).OrderByDescending(save => save.Score)
                .Select(save => new BestSave(save.Score!.Value, save.Name.Step, save.Name.Save));
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Checkpoint, $"The metric of a checkpoint cannot be read: {exception.Message.TrimEnd('.')}. "
                + "Make it readable, or move the checkpoint away to do without it.", exception);
        }
    }

    /// <summary>Keeps the score of a new save.</summary>
    public void Keep(CheckpointName name, double? score, long scoredFrom) => known[name] = (score, scoredFrom);

    /// <summary>Forgets a save that was deleted.</summary>
    public void Forget(CheckpointName name) => known.Remove(name);

    private (double? Score, long ScoredFrom) Find(CheckpointName name)
    {
        if (!known.TryGetValue(name, out var score))
            known[name] = score = Read(Path.Combine(saves.PathOf(name), CheckpointFiles.StateJson));
        return score;
    }

    private (double?, long) Read(string file)
    {
        try
        {
            var state = format.Read(file, File.ReadAllBytes(file));
            return (state.Score, state.ScoredFrom);
        }
        catch (Exception exception) when (
            exception is JsonException or TrainerException or FileNotFoundException or DirectoryNotFoundException
            || Directory.Exists(file))
        {
            return (null, 0);
        }
    }
}
