using System.Globalization;
using Spectre.Console;
using Trainer.Cli.Training;
using Trainer.Engine.Data;
using Trainer.Engine.Distributed;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Verification;
using Trainer.Recipes;
using Trainer.Reports;
using Trainer.Robustness.Bounds;

namespace Trainer.Cli.Evaluation;

/// <summary>Verifies weights and prints what came of it.</summary>
/// <param name="stated">The weights, and what they are verified with.</param>
internal sealed class VerificationRun(StatedWeights stated)
{
    private const int DefaultExamples = 1000;

    /// <summary>How bounds are computed.</summary>
    public required BoundMethod Method { get; init; }

    /// <summary>The processes that share the work; the first alone writes files.</summary>
    public required Collectives Processes { get; init; }

    /// <summary>How many test images; null for 1000.</summary>
    public int? Examples { get; init; }

    /// <summary>Verifies; in the child process, tries the network only.</summary>
    /// <returns>The exit code: 0, or a signal's.</returns>
    /// <exception cref="TrainerException">
    /// Weights, data and network do not fit, or an image is verified and broken.
    /// </exception>
    public int Run() => stated.WithStops(Verify, Processes, Verifier.Check);

    /// <returns>False where it was stopped.</returns>
    private bool Verify(SavedClassifier saved, DataSplits data, string? folder, Func<bool> stop)
    {
        if (Examples is { } asked && Shortage.Of("--examples", asked, data.Test.Count, "test image") is { } shortage)
            StatedWeights.Note(shortage);
        var (plan, progress) = (stated.Plan, new EvaluationProgressLine());
        var result = new FinalVerification(saved.Classifier, plan, data, Method).Run(
            Examples ?? DefaultExamples, new(folder, stop, progress.Show) { Processes = Processes });
        progress.Clear();
        if (result is null)
            return false;
        if (!Processes.IsFirst)
            return true;
        // Attacks count also where nothing can be written.
        if ((folder ?? stated.Ledgers) is { } evaluations)
        {
            var worst = WorstCase.Read(evaluations, saved.Classifier, plan, data.TestFingerprint, plan.Threat);
            result = result with { Attacked = worst.Attacked, Broken = worst.Broken };
        }
        Print(result);
        result.Write(stated.Source.Path, data.TestFingerprint, stated.Files.Results);
        if (result.Contradictions is [var first, ..])
            throw new TrainerException(ErrorKind.Other, $"{result.Contradictions.Count} images, such as {first}, are "
                + "verified although an attack broke them: the bounds or the attack are wrong. Report this.");
        return true;
    }

    private void Print(VerificationResult result)
    {
        var screen = Screen.Create();
        var table = Screen.Table("weights", "bounds", "threat model", "images", "clean %", "verified %",
            "95 % interval", "attacked", "under attack %", "broken %", "open %");
        var (low, high) = result.Verified.Interval;
        table.AddRow(
            stated.Source.Name, result.Method, $"{result.Threat}",
            result.Examples.Count.ToString("N0", CultureInfo.InvariantCulture), FinalTable.Percent(result.Clean.Value),
            FinalTable.Percent(result.Verified.Value), FinalTable.Interval(low, high),
            (result.UnderAttack?.Examples ?? 0).ToString("N0", CultureInfo.InvariantCulture),
            result.UnderAttack is { } robust ? FinalTable.Percent(robust.Value) : "–",
            FinalTable.Percent(result.BrokenShare.Value), FinalTable.Percent(result.Open.Value));
        screen.Write(table);
        if (result.UnderAttack is null)
            screen.WriteLine(
                "No recorded attack on these images under this threat model: trainer evaluate attacks them.");
        if (result.Folder is not null)
            screen.WriteLine($"Ledger and results are in {result.Folder}");
    }
}
