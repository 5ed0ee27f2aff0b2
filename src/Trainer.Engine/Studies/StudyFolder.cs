using Trainer.Engine.Checkpoints;
using Trainer.Engine.Storage;
using Trainer.Engine.Training;
using Trainer.Engine.Training.Collapse;
using Trainer.Recipes;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Studies;

/// <summary>The folder of a study: study.json, the report, and a run folder for each cell.</summary>
/// <param name="path">The folder.</param>
public sealed class StudyFolder(string path)
{
    /// <summary>The folder.</summary>
    public string Path { get; } = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));

    /// <summary>
    /// What the present recipe of a cell does when training collapses; null where it is not known: then a run that its
    /// guard stopped has ended.
    /// </summary>
    public Func<StudyCell, CollapseAction?> OnCollapse { get; init; } = _ => null;

    /// <summary>Whether a study was run in the folder.</summary>
    public bool IsStudy => File.Exists(StudyFile);

    private string StudyFile => System.IO.Path.Combine(Path, RunFileNames.Study);

    /// <summary>The run folder of a cell.</summary>
    public string Of(StudyCell cell) => System.IO.Path.Combine(Path, cell.Name);

    /// <summary>Run folders that are of no cell: of an earlier form of the study, for example.</summary>
    public IReadOnlyList<string> Others(IEnumerable<StudyCell> cells) => Directory.Exists(Path)
        ? [.. Directory.EnumerateDirectories(Path)
            .Where(folder => File.Exists(System.IO.Path.Combine(folder, RunFileNames.Metrics)))
            .Select(folder => System.IO.Path.GetFileName(folder)).Except(cells.Select(cell => cell.Name))
            .Order(StringComparer.Ordinal)]
        : [];

    /// <summary>How far a cell's run has come.</summary>
    public CellState StateOf(StudyCell cell)
    {
        if (!Directory.Exists(Of(cell)))
            return new(CellProgress.NotStarted, null);
        CheckpointState? state;
        try
        {
            state = new CheckpointStore(Of(cell), new(), _ => { }).FindNewest(_ => { })?.State;
        }
        catch (TrainerException)
        {
            // Its newest checkpoint cannot be read, which its own process will report.
            return new(CellProgress.Unfinished, null);
        }
        var progress = state?.Next == NextAction.Done ? CellProgress.Finished
            : state?.Next == NextAction.Final ? CellProgress.Trained
            : HasCollapsed(cell, state) ? CellProgress.Collapsed
            : state is null ? CellProgress.NotStarted : CellProgress.Unfinished;
        return new(progress, state?.Threads);
    }

    /// <summary>
    /// Whether its guard stopped a run, which has not been trained on since and would be stopped again.
    /// </summary>
    private bool HasCollapsed(StudyCell cell, CheckpointState? newest) => CollapseRecord.Read(Of(cell))
        .LastOrDefault(collapse => collapse.Action == CollapseAction.Stop) is { } stop
        && (newest is null || (newest.Attempt, newest.GlobalStep).CompareTo((stop.Attempt, stop.Step)) <= 0)
        && OnCollapse(cell) switch
        {
            CollapseAction.Ignore => stop.Kind == CollapseKind.NotFinite,
            // A run that was stopped under the same setting had no roll-back left.
            CollapseAction.Rollback => (string?)newest?.Recipe["guard"]?["onCollapse"] == "rollback",
            _ => true,
        };

    /// <summary>Whether a cell's run has its report, which is measured after its end.</summary>
    public bool HasReport(StudyCell cell) => File.Exists(System.IO.Path.Combine(Of(cell), RunFileNames.Report));

    /// <summary>The recipe with which a cell was begun; null where it was not.</summary>
    public ResolvedRecipe<Recipe>? Recipe(StudyCell cell, ComponentRegistry registry)
    {
        var file = System.IO.Path.Combine(Of(cell), RunFileNames.Recipe);
        return File.Exists(file) ? RecipeLoader.FromText<Recipe>(File.ReadAllText(file), file, registry) : null;
    }

    /// <summary>Keeps the study beside its runs, in place of an earlier form of it.</summary>
    public void Store(ResolvedRecipe<Study> study)
    {
        if (IsStudy && File.ReadAllText(StudyFile) == study.Text)
            return;
        AtomicFile.Write(StudyFile, study.Text);
    }

    /// <summary>The study that was last run here.</summary>
    /// <exception cref="TrainerException">There is none, or its file was changed.</exception>
    public Study Read(ComponentRegistry registry) => IsStudy
        ? RecipeLoader.FromText<Study>(File.ReadAllText(StudyFile), StudyFile, registry).Value
        : throw new TrainerException(ErrorKind.Checkpoint, $"'{Path}' holds no study: it has no "
            + $"{RunFileNames.Study}. Name the study's file, or a folder that trainer study made.");
}
