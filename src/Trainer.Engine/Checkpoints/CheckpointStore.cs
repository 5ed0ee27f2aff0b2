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
    private readonly SoundCheckpoints sound;
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
        sound = new SoundCheckpoints(saves, format);
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
    /// <exception cref="TrainerException">
    /// The highest save that is not damaged cannot be read, or a newer version wrote it.
    /// </exception>
    public Checkpoint? FindNewest(Action<DamagedCheckpoint> passedOver) =>
        sound.First(saves.Names().Reverse(), passedOver);

    /// <summary>
    /// The checkpoint of the best save, or of the next best that verifies; null where none has a score.
    /// </summary>
    /// <param name="passedOver">Takes each damaged one that would have been better.</param>
    public Checkpoint? FindBest(Action<DamagedCheckpoint> passedOver) => sound.First(
        scores.Ranked(saves.Names(), scoredFrom)
            .OrderByDescending(save => save.Save == Best?.Save)
            .Select(save => new CheckpointName(save.Save, save.Step)),
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
        if (Best is { } lost && retention.KeepBest > 0 && !IsHere(lost))
        {
            Best = scores.Ranked(saves.Names(), scoredFrom).FirstOrDefault();
            warn($"The best checkpoint, {new CheckpointName(lost.Save, lost.Step)}, is not in '{folder}' any more. "
                + (Best is { } next ? $"{new CheckpointName(next.Save, next.Step)} takes its place."
                : "The next one with a metric takes its place."));
        }
        return here;
    }

    /// <summary>
    /// Copies the best save of an adopted checkpoint's run, where an interruption of the first start kept it from being
    /// copied.
    /// </summary>
    /// <param name="newest">The newest checkpoint of this folder.</param>
    /// <param name="adopted">The one of another folder that the run began with.</param>
    /// <exception cref="TrainerException">It cannot be copied.</exception>
    public void CompleteAdoption(Checkpoint newest, Checkpoint adopted)
    {
        if (newest.State.Best is not { } record || IsHere(record) || BestBefore(adopted) is not { } best
            || best.State.GlobalStep != record.Step)
            return;
        (Best, origin, scoredFrom) = (record, newest.State.Origin, newest.State.ScoredFrom);
        resumed = NameHere(newest);
        Adopt(best, () => Copy(best, record.Save, Math.Min(newest.State.MetricsLength, best.State.MetricsLength)));
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

    private PreparedSave Prepare(long number, CheckpointState state, IReadOnlyList<(string, Action<Stream>)> files) =>
        PreparedSave.Of(number, files, state with { Best = Best, Origin = origin, ScoredFrom = scoredFrom });

    private Checkpoint Adopt(Checkpoint checkpoint, bool otherRecipe) => Adopt(checkpoint, () =>
    {
        origin = checkpoint.Identity;
        var metrics = saves.CopyMetrics(RunOf(checkpoint), checkpoint.State.MetricsLength);
        var number = NextNumber();
        if (otherRecipe || BestBefore(checkpoint) is not { } best)
            return Copy(checkpoint, number, metrics);

        // The best save has the lower number and is copied last: an interruption between the two leaves the right
        // one newest.
        Best = checkpoint.State.Best is { } record ? record with { Save = number } : null;
        var here = Copy(checkpoint, number + 1, metrics);
        Copy(best, number, Math.Min(metrics, best.State.MetricsLength));
        return here;
    });

    private Checkpoint Adopt(Checkpoint checkpoint, Func<Checkpoint> copy)
    {
        try
        {
            return copy();
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
    private Checkpoint? BestBefore(Checkpoint checkpoint) =>
        retention.KeepBest > 0 && checkpoint.State is { Best: { } best } state
        && (best.Step != state.GlobalStep || state.Score is null)
            ? Checkpoint.TryOpen(Path.Combine(RunOf(checkpoint), $"{new CheckpointName(best.Save, best.Step)}"), format)
            .Checkpoint
            : null;

    private static string RunOf(Checkpoint checkpoint) => Path.GetDirectoryName(checkpoint.Path) ?? "";

    private bool IsHere(BestSave best) => Directory.Exists(saves.PathOf(new(best.Save, best.Step)));

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
            [.. saves.Names().Where(name => !sound.IsDamaged(name) && saves.Owns(name))], scoredFrom);
        foreach (var name in retention.Expendable(present, Best).Where(name => name != resumed))
        {
            saves.PutAway(name);
            scores.Forget(name);
        }
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
