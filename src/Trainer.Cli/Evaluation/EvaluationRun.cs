using Spectre.Console;
using Trainer.Cli.Training;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Data.Poisoning;
using Trainer.Engine.Distributed;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Engine.Evaluation.Corruptions;
using Trainer.Engine.Metrics;
using Trainer.Engine.Networks;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;
using Trainer.Reports;
using Trainer.Robustness.Threats;

namespace Trainer.Cli.Evaluation;

/// <summary>Measures weights and prints what came of it.</summary>
/// <param name="stated">The weights, and what they are measured with.</param>
/// <param name="plan">The evaluations.</param>
internal sealed class EvaluationRun(StatedWeights stated, EvaluationPlan plan)
{
    /// <summary>The processes that share the work; the first alone writes files.</summary>
    public required Collectives Processes { get; init; }

    /// <summary>How many test images the command line asks for; null where the recipe says.</summary>
    public int? Examples { get; init; }

    /// <summary>How many test images the masking checks look at; null for no checks.</summary>
    public int? Checks { get; init; }

    /// <summary>Whether the worst case over everything recorded is printed, too.</summary>
    public bool PrintsWorstCase { get; init; }

    /// <summary>Whether the recipe's poison is measured in the place of attacks.</summary>
    public bool MeasuresBackdoor { get; init; }

    /// <summary>Whether common corruptions are measured in the place of attacks.</summary>
    public bool MeasuresCorruptions { get; init; }

    // Of masking checks: the command line's threat models, else the recipe's.
    private IEnumerable<ThreatModel> Threats => stated.Plans.Select(one => one.Threat);

    private IEnumerable<ThreatModel> ThreatsOfFinals => plan.Evaluate.Final.Count == 0 ? Threats
        : plan.Evaluate.Final.Select(final => final.Threat ?? plan.Threat).Distinct();

    private bool MeasuresAttacks => !MeasuresBackdoor && !MeasuresCorruptions;

    /// <summary>Measures.</summary>
    /// <returns>The exit code: 0, or that of a signal that stopped the measurement of corruptions.</returns>
    /// <exception cref="TrainerException">Weights, data and network do not fit.</exception>
    public int Run()
    {
        if (MeasuresBackdoor && plan.Data.Poison is null)
            throw new TrainerException(ErrorKind.Recipe, $"--backdoor: the recipe of '{stated.Source.Path}' has no "
                + "data.poison with a trigger. Leave it out, or state one with --set data.poison=JSON.");
        return stated.With(Evaluate, Processes);
    }

    /// <exception cref="TrainerException">A trigger that is read from a file is not that of the run.</exception>
    private void CheckTrigger()
    {
        if (!MeasuresBackdoor || stated.NamesData || stated.Source.Checkpoint is not { } checkpoint
            || plan.Data.Poison is not IBackdoor { TriggerFiles.Count: > 0 })
            return;
        using var all = plan.Data.Load(stated.DataRoots);
        StoredData.CheckPoison(checkpoint, all);
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
        CorruptionReport? corrupted = null;
        CheckTrigger();
        if (plan.Model is ForeignNetwork && !saved.IsDifferentiable(data.Test))
            StatedWeights.Note(ForeignEvaluation.WithoutGradients(stated.Source.Path, plan, Checks is not null));
        foreach (var caution in plan.Evaluate.Final.Select(final => final.Attack.Caution(data.Train.Classes))
            .Append(Checks is null ? null : MaskingChecks.Caution(data.Train.Classes)).OfType<string>().Distinct())
            StatedWeights.Note(caution);
        foreach (var note in Shortages(data).Distinct().Concat(data.Notes))
            StatedWeights.Note(note);
        if (MeasuresCorruptions && StoppableWork.Run(Corrupt, folder is not null, Processes) is var code and not 0)
            return code;
        using var message = Processes.IsFirst && !MeasuresBackdoor
            ? new StopMessage(folder is not null, progress.Clear) : null;
        if (MeasuresBackdoor)
        {
            results.Add(Evaluator(plan).MeasureBackdoor(stated.Source.Name)!);
            progress.Clear();
        }
        foreach (var result in MeasuresAttacks ? Evaluator(plan).Run(stated.Source.Name) : [])
        {
            progress.Clear();
            results.Add(result);
            Console.Error.WriteLine(
                $"{result.Line.Test.Attack}: {AccuracyText.Of(result.Line.Test, $"{result.Threat}")}");
            screen.Write(StageTable.Of(result.Result, result.Threat));
            foreach (var finding in result.Result.Findings)
                StatedWeights.Note(finding);
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
            CheckTable.Write(screen, checks, threat, isWritten: folder is not null);
        }
        IReadOnlyList<WorstCase>? worst = PrintsWorstCase && folder is not null
            ? [.. ThreatsOfFinals.Select(threat =>
                WorstCase.Read(folder, saved.Classifier, plan, data.TestFingerprint, threat))] : null;
        if (worst is not null)
            WorstCaseTable.Write(screen, worst);
        // Both files must not exist, so they are written last: a stopped evaluation can be started again.
        if (stated.Files.Logits is { } file && Processes.IsFirst)
        {
            using var logits = Evaluator(plan).Logits();
            SafetensorsWriter.Write(
                file, [("logits", logits)], new Dictionary<string, string> { ["weights"] = stated.Source.Path });
        }
        if (stated.Files.Results is { } output && Processes.IsFirst)
            (EvaluationSummary.Of(stated.Source, plan, data.TestFingerprint, results) with
            {
                WorstCase = worst is null ? null : WorstCase.Summaries(worst),
                Corruptions = corrupted,
            }).Write(output);
        // The measurement of a backdoor keeps nothing.
        if (folder is not null && (!MeasuresBackdoor || Checks is not null))
            screen.WriteLine($"Ledgers and results are in {folder}");
        return 0;

        bool Corrupt(Func<bool> stop)
        {
            corrupted = Evaluator(plan, stop).MeasureCorruptions(Examples);
            progress.Clear();
            if (corrupted is not null)
                CorruptionTable.Write(screen, corrupted, data.Test.Shape);
            return corrupted is not null;
        }

        FinalEvaluator Evaluator(EvaluationPlan plan, Func<bool>? stop = null) =>
            new(saved.Classifier, plan, data, saved.Workers, new(folder, stop, progress.Show)
            {
                Processes = Processes,
            });
    }
}
