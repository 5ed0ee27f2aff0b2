using System.Text.Json;
using Trainer.Engine.Runs;
using Trainer.Engine.Safetensors;

namespace Trainer.Engine.Checkpoints;

/// <summary>
/// The checkpoints of a run folder. A save is written beside its place, synced and renamed, so that at every instant
/// a kill or a full disk leaves the last good one usable. For one thread at a time.
/// </summary>
public sealed class CheckpointStore
{
    private const string TemporaryPrefix = ".tmp-";
    private const string TrashPrefix = ".trash-";

    private readonly string _folder;
    private readonly Retention _retention;
    private readonly Action<string> _warn;
    private readonly DurableFiles _files;
    private readonly CheckpointFormat _format;
    private readonly HashSet<CheckpointName> _passedOver = [];
    private readonly Dictionary<CheckpointName, double?> _scores = [];
    private CheckpointName? _resumed;

    /// <param name="runFolder">Where the checkpoints lie; exists.</param>
    /// <param name="retention">Which are kept.</param>
    /// <param name="warn">Takes one line about a thing that failed without harm to any checkpoint; may be called by the thread that saves.</param>
    public CheckpointStore(string runFolder, Retention retention, Action<string> warn)
        : this(runFolder, retention, warn, new DurableFiles(), CheckpointFormat.Default)
    {
    }

    internal CheckpointStore(string runFolder, Retention retention, Action<string> warn, DurableFiles files, CheckpointFormat format)
    {
        _folder = Path.GetFullPath(runFolder);
        _retention = retention;
        _warn = warn;
        _files = files;
        _format = format;
    }

    /// <summary>The best save on record; null where none had a score.</summary>
    public BestSave? Best { get; private set; }

    /// <summary>The newest checkpoint, unverified: for messages.</summary>
    public string? NewestPath => Names().LastOrDefault() is { } name ? PathOf(name) : null;

    /// <summary>Deletes what an interrupted save or retention left. Only the run folder's owner may call it.</summary>
    public void ClearLeftovers()
    {
        Clear(TemporaryPrefix);
        Clear(TrashPrefix);
    }

    /// <summary>The checkpoint of the highest save that verifies; null where there is none.</summary>
    /// <param name="passedOver">Takes each damaged one above it.</param>
    /// <exception cref="TrainerException">A newer version wrote the highest save that is whole.</exception>
    public Checkpoint? FindNewest(Action<DamagedCheckpoint> passedOver) => FirstSound(Names().Reverse(), passedOver);

    /// <summary>The checkpoint of the best save, or of the next best that verifies; null where none has a score.</summary>
    /// <param name="passedOver">Takes each damaged one that would have been better.</param>
    public Checkpoint? FindBest(Action<DamagedCheckpoint> passedOver) => FirstSound(
        Names()
            .Where(name => Score(name) is not null)
            .OrderByDescending(name => name.Save == Best?.Save)
            .ThenByDescending(Score),
        passedOver);

    /// <summary>Goes on from a checkpoint: its best save is on record, and retention spares it.</summary>
    /// <param name="checkpoint">In this run folder.</param>
    public void Resume(Checkpoint checkpoint)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(checkpoint.Path)) != _folder || !CheckpointName.TryParse(Path.GetFileName(checkpoint.Path), out var name))
            throw new ArgumentException($"'{checkpoint.Path}' is not a checkpoint of '{_folder}'.", nameof(checkpoint));
        _resumed = name;
        Best = checkpoint.State.Best;
    }

    /// <summary>Saves, and returns once the checkpoint is durable. Then deletes what retention lets go.</summary>
    /// <exception cref="IOException">The save failed; every earlier checkpoint is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public CheckpointName Save(CheckpointContents contents)
    {
        var save = Prepare(contents);
        Write(save);
        return save.Name;
    }

    /// <summary>Decides number and state of a save.</summary>
    internal PreparedSave Prepare(CheckpointContents contents)
    {
        if (contents.Files.All(file => file.Name != CheckpointFiles.Model))
            throw new ArgumentException($"A checkpoint needs a file named '{CheckpointFiles.Model}'.", nameof(contents));
        var name = new CheckpointName(Names().LastOrDefault()?.Save + 1 ?? 1, contents.State.GlobalStep);
        var score = contents.State.Score is { } value && double.IsFinite(value) ? contents.State.Score : null;
        var best = score > (Best?.Score ?? double.NegativeInfinity) ? new BestSave(score.Value, name.Step, name.Save) : Best;
        var state = contents.State with { Format = CheckpointFormat.Current, Score = score, Best = best };
        return new PreparedSave(name, contents.Files, CheckpointFormat.Write(state), score, best);
    }

    internal void Write(PreparedSave save)
    {
        var temporary = Path.Combine(_folder, TemporaryPrefix + save.Name);
        if (Directory.Exists(temporary))
            _files.DeleteDirectory(temporary);
        try
        {
            WriteFiles(save, temporary);
            _files.SyncFile(Path.Combine(_folder, RunFileNames.Metrics));
            _files.MoveDirectory(temporary, PathOf(save.Name));
            _files.SyncDirectory(_folder);
        }
        catch (Exception exception) when (IsFileFault(exception))
        {
            Try($"clear '{temporary}'", () =>
            {
                if (Directory.Exists(temporary))
                    _files.DeleteDirectory(temporary);
            });
            throw;
        }
        Best = save.Best;
        _scores[save.Name] = save.Score;
        Try("name the newest and best checkpoint", () => NameThem(save.Name));
        Try("delete old checkpoints", Retain);
    }

    internal static bool IsFileFault(Exception exception) => exception is IOException or UnauthorizedAccessException;

    private void WriteFiles(PreparedSave save, string temporary)
    {
        var entries = new SortedDictionary<string, ManifestEntry>(StringComparer.Ordinal);
        _files.CreateDirectory(temporary);
        foreach (var file in save.Files)
        {
            var name = CheckpointFiles.FileName(file.Name);
            entries.Add(name, _files.Write(Path.Combine(temporary, name), stream => SafetensorsWriter.Write(stream, file.Tensors, file.Metadata)));
        }
        entries.Add(CheckpointFiles.StateJson, _files.Write(Path.Combine(temporary, CheckpointFiles.StateJson), stream => stream.Write(save.State)));
        _files.Write(Path.Combine(temporary, Manifest.FileName), stream => stream.Write(new Manifest(entries).ToJson()));
        _files.SyncDirectory(temporary);
    }

    private void Clear(string prefix)
    {
        foreach (var path in Directory.GetDirectories(_folder, prefix + "*"))
        {
            if (CheckpointName.TryParse(Path.GetFileName(path)[prefix.Length..], out _) && !IsLink(path))
                _files.DeleteDirectory(path);
        }
    }

    private void NameThem(CheckpointName newest)
    {
        _files.ReplaceText(Path.Combine(_folder, RunFileNames.Latest), newest + "\n");
        if (Best is { } best && new CheckpointName(best.Save, best.Step) is var name && Directory.Exists(PathOf(name)))
            _files.ReplaceText(Path.Combine(_folder, RunFileNames.Best), name + "\n");
    }

    private void Retain()
    {
        Clear(TrashPrefix);
        var present = Names().Where(name => !_passedOver.Contains(name) && Owns(PathOf(name))).Select(name => (name, Score(name)));
        foreach (var name in _retention.Expendable([.. present], Best).Where(name => name != _resumed))
        {
            var trash = Path.Combine(_folder, TrashPrefix + name);
            _files.MoveDirectory(PathOf(name), trash);
            _files.SyncDirectory(_folder);
            _files.DeleteDirectory(trash);
            _scores.Remove(name);
        }
    }

    /// <summary>Whether the engine wrote a folder and nobody has put anything of their own into it.</summary>
    private static bool Owns(string path) =>
        !IsLink(path)
        && Manifest.Read(path).Manifest is { } manifest
        && Directory.GetFileSystemEntries(path).Select(Path.GetFileName).All(name => name == Manifest.FileName || manifest.Files.ContainsKey(name ?? ""));

    private Checkpoint? FirstSound(IEnumerable<CheckpointName> names, Action<DamagedCheckpoint> passedOver)
    {
        foreach (var name in names)
        {
            var (checkpoint, problem) = Checkpoint.TryOpen(PathOf(name), _format);
            if (checkpoint is not null)
                return checkpoint;
            _passedOver.Add(name);
            passedOver(new DamagedCheckpoint(PathOf(name), problem ?? ""));
        }
        return null;
    }

    private double? Score(CheckpointName name)
    {
        if (!_scores.TryGetValue(name, out var score))
            _scores[name] = score = ReadScore(Path.Combine(PathOf(name), CheckpointFiles.StateJson));
        return score;
    }

    private double? ReadScore(string file)
    {
        try
        {
            return _format.Read(file, File.ReadAllBytes(file)).Score;
        }
        catch (Exception exception) when (exception is JsonException or TrainerException || IsFileFault(exception))
        {
            return null;
        }
    }

    /// <summary>Every folder that bears a checkpoint's name, by rising number.</summary>
    private CheckpointName[] Names() =>
    [
        .. Directory.GetDirectories(_folder)
            .Select(path => CheckpointName.TryParse(Path.GetFileName(path), out var name) ? name : null)
            .OfType<CheckpointName>()
            .OrderBy(name => name.Save)
            .ThenBy(name => name.Step),
    ];

    private string PathOf(CheckpointName name) => Path.Combine(_folder, name.ToString());

    private static bool IsLink(string path) => new DirectoryInfo(path).LinkTarget is not null;

    private void Try(string what, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (IsFileFault(exception))
        {
            _warn($"Could not {what}: {exception.Message} Checkpoints are unharmed; it is tried again at the next save.");
        }
    }
}
