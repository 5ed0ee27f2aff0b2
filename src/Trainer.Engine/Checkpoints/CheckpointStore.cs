using Trainer.Engine.Storage;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;

namespace Trainer.Engine.Checkpoints;

/// <summary>
/// The checkpoints of a run folder. A save is written beside its place, synced and renamed, so that at every instant
/// a kill or a full disk leaves the last good one usable. For one thread at a time.
/// </summary>
public sealed class CheckpointStore
{
    private readonly string folder;
    private readonly Retention retention;
    private readonly Action<string> warn;
    private readonly DurableFiles files;
    private readonly SaveFolders saves;
    private readonly CheckpointFormat format;
    private readonly HashSet<CheckpointName> passedOver = [];
    private readonly SaveScores scores;
    private CheckpointName? resumed;
    private string? origin;
    private long scoredFrom;

    /// <param name="runFolder">The folder of the checkpoints; exists.</param>
    /// <param name="retention">Which are kept.</param>
    /// <param name="warn">
    /// Takes one line about a thing that failed without harm to any checkpoint; may be called by the thread that saves.
    /// </param>
    public CheckpointStore(string runFolder, Retention retention, Action<string> warn)
        : this(runFolder, retention, warn, new DurableFiles(), CheckpointFormat.Default)
    {
    }

    internal CheckpointStore(
        string runFolder, Retention retention, Action<string> warn, DurableFiles files, CheckpointFormat format)
    {
        folder = Path.GetFullPath(runFolder);
        this.retention = retention;
        this.warn = warn;
        this.files = files;
        saves = new SaveFolders(folder, files);
        this.format = format;
        scores = new SaveScores(saves, format);
    }

    /// <summary>The best save on record; null where none had a score.</summary>
    public BestSave? Best { get; private set; }

    /// <summary>The folder of the highest save, unverified: for messages. Null where there is none.</summary>
    public string? NewestPath => saves.Names().LastOrDefault() is { } name ? saves.PathOf(name) : null;

    /// <summary>The name of a newest save that is on record, where the folder has none; else null.</summary>
    public string? Vanished => NewestPath is null && File.Exists(Path.Combine(folder, RunFileNames.Latest))
        ? File.ReadAllText(Path.Combine(folder, RunFileNames.Latest)).Trim() : null;

    /// <summary>Deletes what an interrupted save or retention left. Only the run folder's owner may call it.</summary>
    public void ClearLeftovers()
    {
        Try("delete an unfinished save", saves.ClearUnfinished);
        Try("delete what is left of a deleted checkpoint", saves.ClearTrash);
    }

    /// <summary>The checkpoint of the highest save that verifies; null where there is none.</summary>
    /// <param name="passedOver">Takes each damaged one above it.</param>
    /// <exception cref="TrainerException">A newer version wrote the highest save that is whole.</exception>
    public Checkpoint? FindNewest(Action<DamagedCheckpoint> passedOver) =>
        FirstSound(saves.Names().Reverse(), passedOver);

    /// <summary>
    /// The checkpoint of the best save, or of the next best that verifies; null where none has a score.
    /// </summary>
    /// <param name="passedOver">Takes each damaged one that would have been better.</param>
    public Checkpoint? FindBest(Action<DamagedCheckpoint> passedOver) => FirstSound(
        scores.Of([.. saves.Names()], scoredFrom)
            .Where(save => save.Score is not null)
            .OrderByDescending(save => save.Name.Save == Best?.Save)
            .ThenByDescending(save => save.Score)
            .Select(save => save.Name),
        passedOver);

    /// <summary>
    /// Resumes from a checkpoint: its best save is on record, and retention spares it. One from elsewhere is copied
    /// into this folder first, with the best save of its run and the metrics up to it where they are there, so that the
    /// run depends on no other folder.
    /// </summary>
    /// <param name="checkpoint">Of this folder or of another.</param>
    /// <param name="otherRecipe">
    /// Whether the run is resumed with another recipe: scores so far are then no measure for those to come.
    /// </param>
    /// <returns>The checkpoint in this folder.</returns>
    /// <exception cref="TrainerException">It cannot be copied.</exception>
    public Checkpoint Resume(Checkpoint checkpoint, bool otherRecipe = false)
    {
        var here = NameHere(checkpoint) is null ? Adopt(checkpoint, otherRecipe) : checkpoint;
        resumed = NameHere(here);
        origin = here.State.Origin;
        scoredFrom = otherRecipe && resumed is not null ? resumed.Save + 1
            : Math.Max(scoredFrom, here.State.ScoredFrom);
        Best = here.State.Best is { } best && best.Save >= scoredFrom ? best : null;
        return here;
    }

    /// <summary>Decides number and state of a save.</summary>
    internal PreparedSave Prepare(CheckpointContents contents)
    {
        if (contents.Files.All(file => file.Name != CheckpointFiles.Model))
            throw new ArgumentException(
                $"A checkpoint needs a file named '{CheckpointFiles.Model}'.", nameof(contents));
        return Prepare(
            NextNumber(),
            contents.State,
            [.. contents.Files.Select(
            file => (CheckpointFiles.FileName(file.Name),
            (Action<Stream>)(stream => SafetensorsWriter.Write(stream, file.Tensors, file.Metadata))))]);
    }

    /// <summary>Saves, and returns once the checkpoint is durable. Then deletes what retention does not keep.</summary>
    /// <exception cref="IOException">The save failed; every earlier checkpoint is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    internal void Write(PreparedSave save)
    {
        saves.Create(save, beforeMove: () => files.SyncFile(Path.Combine(folder, RunFileNames.Metrics)));
        Best = save.Best;
        scores.Keep(save.Name, save.Score, scoredFrom);
        Try("name the newest and best checkpoint", () => saves.WriteNames(Best));
        Try("delete old checkpoints", Retain);
        Try("delete what is left of a deleted checkpoint", saves.ClearTrash);
    }

    private PreparedSave Prepare(long number, CheckpointState state, IReadOnlyList<(string, Action<Stream>)> files)
    {
        var name = new CheckpointName(number, state.GlobalStep);
        var score = state.Score is { } value && double.IsFinite(value) ? state.Score : null;
        var best = score > (Best?.Score ?? double.NegativeInfinity) ? new BestSave(score.Value, name.Step, name.Save)
            : Best;
        var json = CheckpointFormat.Write(state with
        {
            Format = CheckpointFormat.Current,
            Score = score,
            Best = best,
            Origin = origin,
            ScoredFrom = scoredFrom,
        });
        return new PreparedSave(name, files, json, score, best);
    }

    private Checkpoint Adopt(Checkpoint checkpoint, bool otherRecipe)
    {
        var source = Path.GetDirectoryName(checkpoint.Path) ?? "";
        origin = checkpoint.Identity;
        try
        {
            var metrics = saves.CopyMetrics(source, checkpoint.State.MetricsLength);
            var number = NextNumber();
            if (otherRecipe || BestBefore(checkpoint, source) is not { } best)
                return Copy(checkpoint, number, metrics);

            // The best save has the lower number and is copied last: an interruption between the two leaves the right
            // one newest.
            Best = checkpoint.State.Best is { } record ? record with { Save = number } : null;
            var here = Copy(checkpoint, number + 1, metrics);
            Copy(best, number, Math.Min(metrics, best.State.MetricsLength));
            return here;
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Checkpoint, $"The checkpoint '{checkpoint.Path}' cannot be copied into '{folder}': "
                + $"{exception.Message.TrimEnd('.')}. Make room or name another folder with --run.", exception);
        }
    }

    /// <summary>
    /// The best save of a checkpoint's run, if retention is to keep it, it is another and it is sound. A later save of
    /// the same step has no score.
    /// </summary>
    private Checkpoint? BestBefore(Checkpoint checkpoint, string source) =>
        retention.KeepBest > 0 && checkpoint.State is { Best: { } best } state
        && (best.Step != state.GlobalStep || state.Score is null)
            ? Checkpoint.TryOpen(Path.Combine(source, new CheckpointName(best.Save, best.Step).ToString()), format)
            .Checkpoint
            : null;

    private Checkpoint Copy(Checkpoint checkpoint, long number, long metricsLength)
    {
        var files = checkpoint.Files.Keys.Where(name => name != CheckpointFiles.StateJson);
        var save = Prepare(
            number,
            checkpoint.State with { MetricsLength = metricsLength },
            [.. files.Select(name => (name, (Action<Stream>)(stream =>
            {
                using var source = File.OpenRead(Path.Combine(checkpoint.Path, name));
                source.CopyTo(stream);
            })))]);
        Write(save);
        return Checkpoint.Open(saves.PathOf(save.Name));
    }

    private long NextNumber() => saves.Names().LastOrDefault()?.Save + 1 ?? 1;

    private void Retain()
    {
        var present = scores.Of(
            [.. saves.Names().Where(name => !passedOver.Contains(name) && saves.Owns(name))], scoredFrom);
        foreach (var name in retention.Expendable(present, Best).Where(name => name != resumed))
        {
            saves.PutAway(name);
            scores.Forget(name);
        }
    }

    private Checkpoint? FirstSound(IEnumerable<CheckpointName> names, Action<DamagedCheckpoint> passedOver)
    {
        foreach (var name in names)
        {
            var (checkpoint, problem) = Checkpoint.TryOpen(saves.PathOf(name), format);
            if (checkpoint is not null)
                return checkpoint;
            this.passedOver.Add(name);
            passedOver(new DamagedCheckpoint(saves.PathOf(name), problem ?? ""));
        }
        return null;
    }

    private CheckpointName? NameHere(Checkpoint checkpoint) =>
        Path.GetDirectoryName(checkpoint.Path) == folder
        && CheckpointName.TryParse(Path.GetFileName(checkpoint.Path), out var name) ? name : null;

    private void Try(string what, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            warn($"Could not {what}: {exception.Message.TrimEnd('.')}. Checkpoints are unharmed; "
                + "it is tried again at the next save.");
        }
    }
}
