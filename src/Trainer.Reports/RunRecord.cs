using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Engine.Evaluation.Corruptions;
using Trainer.Engine.Evaluation.Detection;
using Trainer.Engine.Evaluation.Privacy;
using Trainer.Engine.Metrics;
using Trainer.Engine.Repair;
using Trainer.Engine.Studies;
using Trainer.Engine.Training;
using Trainer.Engine.Training.Collapse;
using Trainer.Recipes;
using Trainer.Reports.Examinations;

namespace Trainer.Reports;

/// <summary>A run as its folder records it. Reading it changes nothing there and executes nothing.</summary>
internal sealed record RunRecord
{
    /// <summary>The folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The resolved recipe.</summary>
    public required JsonObject Recipe { get; init; }

    /// <summary>The logging intervals.</summary>
    public required IReadOnlyList<StepMetrics> Steps { get; init; }

    /// <summary>The epochs.</summary>
    public required IReadOnlyList<EpochMetrics> Epochs { get; init; }

    /// <summary>The final measurements; none before the run's end.</summary>
    public required IReadOnlyList<FinalMetrics> Finals { get; init; }

    /// <summary>The folder of the newest sound checkpoint; null where there is none.</summary>
    public CheckpointState? State { get; init; }

    /// <summary>How often the run was begun or resumed.</summary>
    public IReadOnlyList<RunStart> Starts { get; init; } = [];

    /// <summary>The finished evaluations.</summary>
    public IReadOnlyList<EvaluationRecord> Evaluations { get; init; } = [];

    /// <summary>Evaluations by attacks that have not ended, and the ledgers of masking checks.</summary>
    public IReadOnlyList<EvaluationRecord> Interrupted { get; init; } = [];

    /// <summary>The finished certifications of smoothed networks.</summary>
    public IReadOnlyList<CertificationRecord> Certifications { get; init; } = [];

    /// <summary>The finished verifications by bounds.</summary>
    public IReadOnlyList<VerificationRecord> Verifications { get; init; } = [];

    /// <summary>Accuracy under the common corruptions.</summary>
    public IReadOnlyList<CorruptionReport> Corruptions { get; init; } = [];

    /// <summary>What the masking checks found; empty where none were made.</summary>
    public IReadOnlyList<CheckResult> Checks { get; init; } = [];

    /// <summary>What was measured for the report; null for nothing.</summary>
    public Examination? Examination { get; init; }

    /// <summary>What an inspection of its training images found; null where there was none.</summary>
    public InspectionReport? Inspection { get; init; }

    /// <summary>Every collapse of training, those that the run survived among them.</summary>
    public IReadOnlyList<CollapseRecord> Collapses { get; init; } = [];

    /// <summary>Time and memory; null where they were not recorded.</summary>
    public RunUsage? Usage { get; init; }

    /// <summary>How the network was repaired; null where it was not.</summary>
    public RepairReport? Repair { get; init; }

    /// <summary>What an audit of its privacy found; null for none.</summary>
    public PrivacyReport? Privacy { get; init; }

    /// <summary>The run's name.</summary>
    public string Name => (string?)Recipe["name"] ?? Path.GetFileName(Folder);

    /// <summary>Whether it ran to its end.</summary>
    public bool IsFinished => State?.Next == NextAction.Done;

    /// <summary>Steps in an epoch; null before the end of the first.</summary>
    public double? StepsPerEpoch =>
        Epochs is [{ Epoch: > 0, Step: > 0 } epoch, ..] ? (double)epoch.Step / epoch.Epoch : null;

    /// <summary>Whether an evaluation is of the run's own test images, as far as is known.</summary>
    public bool IsOwn(EvaluationRecord evaluation) =>
        State?.TestFingerprint is not { } own || evaluation.Identity.Data == own;

    /// <summary>Reads a run folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="damaged">Takes each damaged checkpoint that was passed over.</param>
    /// <exception cref="TrainerException">
    /// It is no run folder, or a file in it is not one that the engine writes.
    /// </exception>
    public static RunRecord Read(string path, Action<DamagedCheckpoint> damaged)
    {
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string At(string name) => Path.Combine(folder, name);
        if (!File.Exists(At(RunFileNames.Metrics)) || !File.Exists(At(RunFileNames.Recipe)))
            throw new TrainerException(
                ErrorKind.Checkpoint, File.Exists(path)
                ? $"'{path}' is a file, expected a run folder or the folder of a file's evaluations. For a file of "
                + $"weights: trainer evaluate '{path}' --ledger DIR …, then trainer report DIR."
                : EvaluationsReport.IsUnfinished(path)
                ? $"'{path}' holds evaluations none of which has ended, expected results. Run the same trainer "
                + $"evaluate FILE --ledger '{path}' again to continue, then trainer report '{path}'."
                : new StudyFolder(path).IsStudy
                ? $"'{path}' is the folder of a study, expected one of its runs: name a folder in it, or read the "
                + $"whole study with: trainer study report '{path}'."
                : $"'{path}' is no run folder: it has no {RunFileNames.Recipe} with a {RunFileNames.Metrics}. Name a "
                + "folder that trainer train made.");
        var recorded = EvaluationRecord.ReadWithInterrupted(At(RunFileNames.Evaluations));
        var lines = MetricsFile.Read(At(RunFileNames.Metrics)).ToList();
        return new()
        {
            Folder = folder,
            Recipe = ReadRecipe(At(RunFileNames.Recipe)),
            Steps = [.. lines.OfType<StepMetrics>()],
            Epochs = [.. lines.OfType<EpochMetrics>()],
            Finals = [.. Enumerable.Reverse(lines).TakeWhile(line => line is FinalMetrics).Reverse()
            .Cast<FinalMetrics>()],
            State = new CheckpointStore(folder, new(), _ => { }).FindNewest(damaged)?.State,
            Starts = RunStart.Read(folder),
            Evaluations = [.. recorded.Where(evaluation => evaluation.IsFinished)],
            Interrupted = [.. recorded.Where(evaluation => !evaluation.IsFinished)],
            Certifications = CertificationRecord.ReadAll(At(RunFileNames.Evaluations)),
            Verifications = VerificationRecord.ReadAll(At(RunFileNames.Evaluations), recorded),
            Corruptions = CorruptionFiles.ReadAll(At(RunFileNames.Evaluations)),
            Checks = CheckReport.Read(folder),
            Examination = Examination.Read(folder),
            Inspection = InspectionReport.Read(folder),
            Collapses = CollapseRecord.Read(folder),
            Usage = RunUsage.Read(folder),
            Repair = RepairReport.Read(folder),
            Privacy = PrivacyReport.Read(folder),
        };
    }

    private static JsonObject ReadRecipe(string file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(file))?.AsObject() ?? [];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new TrainerException(
                ErrorKind.Checkpoint, $"'{file}' is not the recipe that the engine wrote: "
                + $"{exception.Message.TrimEnd('.')}. Start the run again, which writes it anew.", exception);
        }
    }
}
