using Spectre.Console;
using Trainer.Cli.Training;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Data.Poisoning;
using Trainer.Engine.Devices;
using Trainer.Engine.Distributed;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Metrics;
using Trainer.Engine.Networks;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Engine.Weights;
using Trainer.Engine.Weights.Foreign;
using Trainer.Recipes;
using Trainer.Reports;
using Trainer.Robustness.Components;
using Trainer.Robustness.Native;
using Trainer.Robustness.Threats;

namespace Trainer.Cli.Evaluation;

/// <summary>Measures weights and prints what came of it.</summary>
/// <param name="source">The weights.</param>
/// <param name="plan">What to measure them with.</param>
/// <param name="registry">The components that recipes may name.</param>
/// <param name="dataRoots">Folders of data sets.</param>
internal sealed class EvaluationRun(
    WeightsSource source, EvaluationPlan plan, ComponentRegistry registry, IReadOnlyList<string> dataRoots)
{
    private const string NoLedger = "keeps no ledger, so a stopped evaluation begins again; --ledger DIR keeps one";

    /// <summary>The advice where a run's data are no longer where its recipe has them.</summary>
    public const string MovedData = "Where the run's data set has moved, name its place with --data JSON.";

    /// <summary>Where results go besides the screen.</summary>
    public required EvaluationFiles Files { get; init; }

    /// <summary>The processes that share the work; the first alone writes files.</summary>
    public required Collectives Processes { get; init; }

    /// <summary>How many test images the command line asks for; null where the recipe says.</summary>
    public int? Examples { get; init; }

    /// <summary>
    /// How many CPU threads; null for OMP_NUM_THREADS, else the checkpoint's number, else the physical cores.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>How many classes the command line gives a network from elsewhere; null for none.</summary>
    public int? Classes { get; init; }

    /// <summary>Whether the command line names the data, so that they may be others than those of the run.</summary>
    public bool NamesData { get; init; }

    /// <summary>How many test images the masking checks look at; null for no checks.</summary>
    public int? Checks { get; init; }

    /// <summary>Whether the worst case over everything recorded is printed, too.</summary>
    public bool PrintsWorstCase { get; init; }

    /// <summary>Whether the recipe's poison is measured in the place of attacks.</summary>
    public bool MeasuresBackdoor { get; init; }

    /// <summary>Whether common corruptions are measured in the place of attacks.</summary>
    public bool MeasuresCorruptions { get; init; }

    /// <summary>Of masking checks: the command line's threat models, else the recipe's.</summary>
    public required IReadOnlyList<ThreatModel> Threats { get; init; }

    private IEnumerable<ThreatModel> ThreatsOfFinals => plan.Evaluate.Final.Count == 0 ? Threats
        : plan.Evaluate.Final.Select(final => final.Threat ?? plan.Threat).Distinct();

    private bool MeasuresAttacks => !MeasuresBackdoor && !MeasuresCorruptions;

    /// <summary>Measures.</summary>
    /// <returns>The exit code: 0, or that of a signal that stopped the measurement of corruptions.</returns>
    /// <exception cref="TrainerException">Weights, data and network do not fit.</exception>
    public int Run()
    {
        if (MeasuresBackdoor && plan.Data.Poison is null)
            throw new TrainerException(ErrorKind.Recipe, $"--backdoor: the recipe of '{source.Path}' has no "
                + "data.poison with a trigger. Leave it out, or state one with --set data.poison=JSON.");
        var places = ProcessPlaces.Of(Processes);
        var device = DeviceChoice.Resolve(plan.Device, localRank: places.LocalRank);
        EvaluationThreads.Use(Processes, places, Threads, source.Checkpoint?.State.Threads);
        using var data = LoadTest().To(device);
        if (source.Checkpoint is { } checkpoint)
            Compare(checkpoint, data);
        else if (plan.Model is ForeignNetwork foreign)
        {
            Note(ForeignEvaluation.Describe(foreign, data.Train, Files.Ledgers));
            if (Files.Ledgers is null && foreign is not ProgramNetwork { IsServer: true })
                Note(NoLedger);
        }
        else
            Describe(WeightsDescription.Read(
                source.Path, source.Key, data.Train.Shape, data.Train.Classes), data.Train);
        var wasDisabled = OneDnn.IsDisabled;
        using var saved = new SavedClassifier(source, plan, data, device, Note);
        if (OneDnn.IsDisabled && !wasDisabled)
            Note($"oneDNN is off: {OneDnn.Explanation}");
        if (plan.Model is ForeignNetwork && !saved.IsDifferentiable(data.Test))
            Note(ForeignEvaluation.WithoutGradients(source.Path, plan, Checks is not null));
        EqualStart.Check(Processes, places, new Dictionary<string, string>
        {
            [EqualStart.Data] = data.TestFingerprint,
            ["weights"] = saved.Hash,
        });
        if (Files.Logits is not null && Processes.IsFirst)
        {
            using var logits = new FinalEvaluator(saved.Classifier, plan, data, saved.Workers).Logits();
            SafetensorsWriter.Write(
                Files.Logits, [("logits", logits)], new Dictionary<string, string> { ["weights"] = source.Path });
        }
        return Evaluate(saved, data, Processes.IsFirst ? Files.Folder(source.Evaluations) : null);
    }

    /// <summary>Says where the test images, or a trigger that is read from a file, are not those of the run.</summary>
    /// <exception cref="TrainerException">They are not, and the command line names no other data.</exception>
    private void Compare(Checkpoint checkpoint, DataSplits data)
    {
        if (!NamesData)
        {
            StoredData.CheckTest(checkpoint, data, "name the other test set with --data");
            if (!MeasuresBackdoor || plan.Data.Poison is not IBackdoor { TriggerFiles.Count: > 0 })
                return;
            using var all = plan.Data.Load(dataRoots);
            StoredData.CheckPoison(checkpoint, all);
        }
        else if (StoredData.IsOtherTest(checkpoint, data))
            Note($"measures on another test set than the run's: found the fingerprint {data.TestFingerprint}, "
                + $"the run had {checkpoint.State.TestFingerprint}");
    }

    /// <summary>Tries the network on two images.</summary>
    /// <exception cref="TrainerException">It does not work, or weights, data and network do not fit.</exception>
    public void Try()
    {
        var device = DeviceChoice.Resolve(plan.Device);
        using var data = LoadTest().To(device);
        using var saved = new SavedClassifier(source, plan, data, device);
        NetworkBuilder.Try(plan.Model, saved.Classifier, data.Test);
    }

    /// <summary>The test images; where a stored recipe's are gone, with the way to name others.</summary>
    private DataSplits LoadTest()
    {
        try
        {
            var data = plan.Data.LoadTest(dataRoots);
            return Classes is null || Classes == data.Train.Classes ? data
                : throw new TrainerException(
                    ErrorKind.Recipe, $"--classes: found {Classes}, and the data have {data.Train.Classes}. Name the "
                    + "data that the network was trained for.");
        }
        catch (TrainerException exception) when (exception.Kind == ErrorKind.Data && source.Checkpoint is not null)
        {
            throw new TrainerException(exception.Kind, $"{exception.Message} {MovedData}", exception);
        }
    }

    /// <summary>Where more images are asked for than there are, by the option that sets the number.</summary>
    private IEnumerable<string> Shortages(DataSplits data)
    {
        var final = Examples is { } asked ? Shortage.Of("--examples", asked, data.Test.Count, "test image") : null;
        var checks = Checks is { } images && Examples is null
            ? Shortage.Of("--checks", images, data.Test.Count, "test image") : null;
        return new[] { final, checks }.OfType<string>().Concat(Examples is null ? Shortage.OfFinal(plan, data) : []);
    }

    private int Evaluate(SavedClassifier saved, DataSplits data, string? folder)
    {
        var screen = Screen.Create();
        var progress = new EvaluationProgressLine();
        var results = new List<FinalResult>();
        foreach (var caution in plan.Evaluate.Final.Select(final => final.Attack.Caution(data.Train.Classes))
            .OfType<string>().Distinct())
            Note(caution);
        foreach (var note in Shortages(data).Distinct().Concat(data.Notes))
            Note(note);
        if (MeasuresCorruptions && StoppableWork.Run(Corrupt, folder is not null, Processes) is var code and not 0)
            return code;
        using var message = Processes.IsFirst && !MeasuresBackdoor
            ? new StopMessage(folder is not null, progress.Clear) : null;
        if (MeasuresBackdoor)
        {
            results.Add(Evaluator(plan).MeasureBackdoor(source.Name)!);
            progress.Clear();
        }
        foreach (var result in MeasuresAttacks ? Evaluator(plan).Run(source.Name) : [])
        {
            progress.Clear();
            results.Add(result);
            Console.Error.WriteLine(
                $"{result.Line.Test.Attack}: {AccuracyText.Of(result.Line.Test, $"{result.Threat}")}");
            screen.Write(StageTable.Of(result.Result, result.Threat));
            screen.WriteLine("");
        }
        if (MeasuresAttacks)
            FinalTable.Write(
                screen, [.. results.Select(result => result.Line).Append(FinalResult.Union(results))
                    .OfType<FinalMetrics>()], plan);
        BackdoorTable.Write(screen, results.Select(result => result.Line));
        foreach (var threat in Checks is null ? [] : Threats)
        {
            var checks = Evaluator(plan.WithChecks(Checks) with { Threat = threat }).Check().ToList();
            progress.Clear();
            CheckTable.Write(screen, checks, threat);
        }
        if (PrintsWorstCase && folder is not null)
            WorstCaseTable.Write(screen, [.. ThreatsOfFinals.Select(threat =>
                WorstCase.Read(folder, saved.Classifier, plan, data.TestFingerprint, threat))]);
        if (Files.Results is not null && Processes.IsFirst)
            EvaluationSummary.Of(source, plan, data.TestFingerprint, results).Write(Files.Results);
        // The measurement of a backdoor keeps nothing.
        if (folder is not null && (!MeasuresBackdoor || Checks is not null))
            screen.WriteLine($"Ledgers and results are in {folder}");
        return 0;

        bool Corrupt(Func<bool> stop)
        {
            var report = Evaluator(plan, stop).MeasureCorruptions(Examples);
            progress.Clear();
            if (report is not null)
                CorruptionTable.Write(screen, report, data.Test.Shape);
            return report is not null;
        }

        FinalEvaluator Evaluator(EvaluationPlan plan, Func<bool>? stop = null) =>
            new(saved.Classifier, plan, data, saved.Workers, new(folder, stop, progress.Show)
            {
                Processes = Processes,
            });
    }

    private static void Note(string text) => Console.Error.WriteLine($"note: {text}");

    /// <summary>Prints how weights without a recipe of their own are evaluated.</summary>
    /// <exception cref="TrainerException">Their file states something else.</exception>
    private void Describe(WeightsDescription file, ImageData data)
    {
        if (file.Differs(plan.Model, registry) is { } stated)
            Console.Error.WriteLine($"warning: '{file.Path}' states that its network is {stated}");
        Note($"measures {WeightsDescription.Of(plan.Model, data)}");
        if (Files.Ledgers is null)
            Note(NoLedger);
    }
}
