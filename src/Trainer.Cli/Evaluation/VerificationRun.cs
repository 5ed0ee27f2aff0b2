using System.Globalization;
using Spectre.Console;
using Trainer.Cli.Training;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Verification;
using Trainer.Engine.Networks;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Reports;
using Trainer.Robustness.Bounds;

namespace Trainer.Cli.Evaluation;

/// <summary>Verifies weights and prints what came of it.</summary>
/// <param name="source">The weights.</param>
/// <param name="plan">Network, data and threat model.</param>
/// <param name="dataRoots">Folders of data sets.</param>
internal sealed class VerificationRun(WeightsSource source, EvaluationPlan plan, IReadOnlyList<string> dataRoots)
{
    private const int UsualExamples = 1000;

    /// <summary>How bounds are computed.</summary>
    public required BoundMethod Method { get; init; }

    /// <summary>Where results go besides the screen.</summary>
    public required EvaluationFiles Files { get; init; }

    /// <summary>How many test images; null for the usual number.</summary>
    public int? Examples { get; init; }

    /// <summary>How many CPU threads; null for OMP_NUM_THREADS, else the checkpoint's number.</summary>
    public int? Threads { get; init; }

    /// <summary>Whether the command line names the data, so that they may be others than those of the run.</summary>
    public bool NamesData { get; init; }

    /// <summary>Verifies; in the child process, tries the network only.</summary>
    /// <exception cref="TrainerException">
    /// Weights, data and network do not fit, or an image is verified and broken.
    /// </exception>
    public void Run()
    {
        var device = DeviceChoice.Resolve(plan.Device);
        Engine.Devices.Threads.Use(Engine.Devices.Threads.Choose(Threads, source.Checkpoint?.State.Threads));
        using var data = plan.Data.LoadTest(dataRoots).To(device);
        if (source.Checkpoint is { } checkpoint && !NamesData)
            StoredData.CheckTest(checkpoint, data, "name the other test set with --data");
        using var saved = new SavedClassifier(
            source, plan, data, device, line => Console.Error.WriteLine($"note: {line}"));
        if (TrialProcess.IsChild)
            NetworkBuilder.Try(plan.Model, saved.Classifier, data.Test);
        else
            Verify(saved, data);
    }

    private void Verify(SavedClassifier saved, DataSplits data)
    {
        if (Examples is { } asked && Shortage.Of("--examples", asked, data.Test.Count, "test image") is { } shortage)
            Console.Error.WriteLine($"note: {shortage}");
        var folder = Files.Ledgers ?? source.Evaluations;
        var progress = new EvaluationProgressLine();
        var result = new Verifier(saved.Classifier, plan, data, Method).Run(
            Examples ?? UsualExamples, new(folder, Progress: progress.Show));
        progress.Clear();
        if (folder is not null)
            result = result with
            {
                Attacked = WorstCase.Read(folder, saved.Classifier, plan, data.TestFingerprint, plan.Threat).Broken,
            };
        Print(result);
        result.Write(source.Path, data.TestFingerprint, Files.Results);
        if (result.Contradictions is [var first, ..])
            throw new TrainerException(ErrorKind.Other, $"{result.Contradictions.Count} images, such as {first}, are "
                + "verified although an attack broke them: the bounds or the attack are wrong. Report this.");
    }

    private void Print(VerificationResult result)
    {
        var screen = Screen.Create();
        var table = Screen.Table("weights", "bounds", "threat model", "images", "clean %", "verified %",
            "95 % interval", "under attack %", "open %");
        var (low, high) = result.Verified.Interval;
        table.AddRow(
            source.Name, result.Method, $"{result.Threat}",
            result.Examples.Count.ToString("N0", CultureInfo.InvariantCulture), FinalTable.Percent(result.Clean.Value),
            FinalTable.Percent(result.Verified.Value), $"{FinalTable.Percent(low)} to {FinalTable.Percent(high)}",
            FinalTable.Percent(result.UnderAttack.Value), FinalTable.Percent(result.Open.Value));
        screen.Write(table);
        if (result.Attacked.Count == 0)
            screen.WriteLine(
                "No recorded attack on these weights under this threat model: trainer evaluate attacks them.");
        if (result.Folder is not null)
            screen.WriteLine($"Ledger and results are in {result.Folder}");
    }
}
