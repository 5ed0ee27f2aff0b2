using System.Globalization;
using Trainer.Cli.Logging;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Repair;
using Trainer.Engine.Settings;
using Trainer.Engine.Training;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Robustness.Components;

namespace Trainer.Cli.Privacy;

/// <summary>
/// The shadow runs of an audit, each a run folder of its own: the target's recipe with another seed, on a random half
/// of the training rows. Two runs in turn have complementary halves, so that each row is in half of an even number of
/// runs. Run N has the seed N, or <see cref="SeedOffset"/> more where that is the target's: with one seed two runs
/// begin with the same weights.
/// </summary>
/// <param name="folder">The folder of their run folders.</param>
/// <param name="target">The audited checkpoint.</param>
/// <param name="registry">The components that its recipe may name.</param>
/// <param name="settings">The machine's.</param>
internal sealed class ShadowRuns(
    string folder, Checkpoint target, ComponentRegistry registry, MachineSettings settings)
{
    /// <summary>The share of the rows that each run is trained on.</summary>
    public const double Fraction = 0.5;

    private const long SeedOffset = 1_000_000;

    private readonly ResolvedRecipe<Recipe> recipe = Read(target, registry);

    /// <summary>The folder of their run folders.</summary>
    public string Folder => folder;

    /// <summary>How the audited network was repaired after training; null for not at all.</summary>
    /// <exception cref="TrainerException">The file that says so is not one that the engine writes.</exception>
    public string? Repair => RepairIn(Path.GetDirectoryName(target.Path) ?? "");

    /// <summary>Which of its checkpoints each run is measured at: the one that the target is of its own run.</summary>
    public required RunCheckpoint? Checkpoint { get; init; }

    /// <summary>Whether the target's run has ended, as shadow runs have.</summary>
    public bool IsTargetFinished => IsFinished(Path.GetDirectoryName(target.Path)!);

    /// <summary>How many CPU threads; null for OMP_NUM_THREADS, else a run's number.</summary>
    public int? Threads { get; init; }

    /// <summary>Trains those of the first runs that are missing, or resumes them.</summary>
    /// <param name="count">How many runs there are to be.</param>
    /// <returns>The exit code of a signal that stopped a run; 0 where all are finished.</returns>
    /// <exception cref="TrainerException">One that is there already does not fit; none was trained then.</exception>
    public int Train(int count)
    {
        var runs = Enumerable.Range(1, count).Select(number => (Number: number, Path: Path.Combine(
            folder, number.ToString("D3", CultureInfo.InvariantCulture)))).ToList();
        foreach (var (_, path) in runs)
            if (Newest(path) is { } checkpoint)
            {
                CheckRepair(path, RepairIn(path));
                CheckRecipe(path, Read(checkpoint, registry));
            }
        foreach (var (number, path) in runs)
        {
            if (IsFinished(path))
                continue;
            Console.Error.WriteLine($"note: shadow run {number} of {count}: {path}");
            var shadow = RecipeLoader.FromText<Recipe>(
                target.State.Recipe.ToJsonString(), target.Path, registry, Changes(number, SeedOf(number, path)));
            using var log = new RunLog(settings, shadow, null);
            using var session = TrainingSession.Open(
                shadow, registry, new(settings.CheckpointRoot, path, DataRoots: settings.DataRoots, Threads: Threads),
                _ => [], log.Logger);
            log.OpenFile(session.Folder.Log);
            if (session.Run() is { Signal: not null } stopped)
                return stopped.ExitCode;
        }
        return 0;
    }

    /// <summary>
    /// The finished runs of the folder, without those on the target's rows or on its complement, without those of its
    /// seed, and of a target that was not repaired without repaired ones: trainer repair writes them beside the others.
    /// </summary>
    /// <exception cref="TrainerException">
    /// One is not finished, of another recipe, repaired otherwise than a repaired target, or another one again.
    /// </exception>
    public IReadOnlyList<(WeightsSource Source, Recipe Recipe)> Find()
    {
        var (found, leftOut, repaired) = (new List<(WeightsSource, Recipe)>(), false, false);
        var paths = new Dictionary<(long, TrainingSubset), string>();
        foreach (var path in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)
            .Where(path => new CheckpointStore(path, new(), _ => { }).NewestPath is not null))
        {
            if (!IsFinished(path))
                throw Fault($"the shadow run '{path}' is not finished. Add --train-shadows with the number of runs to "
                    + "resume it, or move it away");
            var repair = RepairIn(path);
            if (Repair is null && repair is not null)
            {
                repaired = true;
                LeaveOut(path, $"it was {Repaired(repair)}, and the audited run was {Repaired(null)}");
                continue;
            }
            CheckRepair(path, repair);
            var source = Checkpoint!.Find(path);
            var shadow = Read(source.Checkpoint!, registry);
            var subset = CheckRecipe(path, shadow);
            var isOwn = subset.Seed == recipe.Value.Data.Subset!.Seed;
            var hasTargetSeed = shadow.Value.Seed == recipe.Value.Seed;
            leftOut |= isOwn || hasTargetSeed;
            if (isOwn)
                LeaveOut(path, "its half is the audited run's, or the other");
            else if (hasTargetSeed)
                LeaveOut(path, $"it has the audited run's seed {recipe.Value.Seed}, and so its initial weights");
            else if (paths.TryAdd((shadow.Value.Seed, subset), path))
                found.Add((source, shadow.Value));
            else
                throw Fault($"'{paths[(shadow.Value.Seed, subset)]}' and '{path}' are one shadow run twice, with the "
                    + "same seed and half; expected each once. Move one of them away");
        }
        return found.Count > 0 ? found : throw Fault(
            $"'{folder}' has no shadow run{(leftOut ? " on another half and of another seed" : "")}"
            + $"{(repaired ? " that was not repaired" : "")}. Add --train-shadows 16, or name another folder");
    }

    /// <summary>Checks that a run is of the target's recipe, on a half.</summary>
    /// <returns>Its half.</returns>
    private TrainingSubset CheckRecipe(string path, ResolvedRecipe<Recipe> shadow)
    {
        var differences = RecipeDifference.Between(recipe.Tree, shadow.Tree).Where(difference =>
            !difference.IsFree && !difference.IsDraw).ToList();
        if (differences.Count > 0)
            throw Fault($"'{path}' is a run of another recipe: {string.Join("; ", differences.Take(3))}. Name a "
                + "folder of shadow runs of the audited run's recipe");
        return shadow.Value.Data.Subset is { Fraction: Fraction } subset ? subset
            : throw Fault($"'{path}' was not trained on a random half of the training rows, expected data.subset "
                + "with the fraction 0.5. Name a folder of shadow runs");
    }

    private void CheckRepair(string path, string? repair)
    {
        if (repair != Repair)
            throw Fault($"'{path}' was {Repaired(repair)}, and the audited run was {Repaired(Repair)}; expected shadow "
                + "runs made by the same procedure. " + (Repair is null
                    ? "Move it away, or name another folder"
                    : "Repair each of them with the same options, and name the folder of the repaired ones"));
    }

    private static string Repaired(string? repair) => repair is null ? "not repaired" : $"repaired by {repair}";

    private static string? RepairIn(string run) =>
        RepairReport.Read(run) is { } report ? report.Procedure ?? report.Method : null;

    /// <summary>The seed of a run: the one that it has begun with, where it has.</summary>
    private long SeedOf(int number, string path) => Newest(path) is { } begun ? Read(begun, registry).Value.Seed
        : number == recipe.Value.Seed ? SeedOffset + number : number;

    private static string[] Changes(int number, long seed) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"name=shadow-{number:D3}"),
        string.Create(CultureInfo.InvariantCulture, $"seed={seed}"),
        $$"""data.subset={"seed":{{(number + 1) / 2}},"complement":{{(number % 2 == 0 ? "true" : "false")}}}""",
        string.Create(CultureInfo.InvariantCulture, $"data.subset.fraction={Fraction}"),
        "evaluate.final=[]", "evaluate.checks=0", "logging.tensorBoard=false", "logging.reportExamples=0",
    ];

    private static void LeaveOut(string path, string reason) =>
        Console.Error.WriteLine($"note: '{path}' is left out: {reason}");

    private static bool IsFinished(string path) => Newest(path)?.State.Next == NextAction.Done;

    private static Checkpoint? Newest(string path) =>
        Directory.Exists(path) ? new CheckpointStore(path, new(), _ => { }).FindNewest(_ => { }) : null;

    private static ResolvedRecipe<Recipe> Read(Checkpoint checkpoint, ComponentRegistry registry) =>
        RecipeLoader.FromText<Recipe>(checkpoint.State.Recipe.ToJsonString(), checkpoint.Path, registry);

    private static TrainerException Fault(string message) => new(ErrorKind.Recipe, $"--shadows: {message}.");
}
