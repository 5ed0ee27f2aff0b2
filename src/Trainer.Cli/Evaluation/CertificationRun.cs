using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;
using Trainer.Cli.Training;
using Trainer.Engine.Data;
using Trainer.Engine.Distributed;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Certification;
using Trainer.Recipes;
using Trainer.Reports;
using Trainer.Robustness.Metrics;
using Trainer.Robustness.Smoothing;

namespace Trainer.Cli.Evaluation;

/// <summary>Certifies the smoothed network of some weights and prints what came of it.</summary>
/// <param name="stated">The weights, and what they are certified with.</param>
internal sealed class CertificationRun(StatedWeights stated)
{
    /// <summary>Noise, draws and α.</summary>
    public required SmoothingOptions Smoothing { get; init; }

    /// <summary>The processes that share the work; the first alone writes files.</summary>
    public required Collectives Processes { get; init; }

    /// <summary>How many of the first test images; null for all.</summary>
    public int? Examples { get; init; }

    /// <summary>From one of the test images to the next.</summary>
    public required int Every { get; init; }

    /// <summary>Whether images take no draws that cannot change their certificate.</summary>
    public bool StopEarly { get; init; }

    /// <summary>How the smoothed network is attacked; null for not at all.</summary>
    public SmoothedAttack? Attack { get; init; }

    /// <summary>σ of the training objective; null where it trains without noise or is not known.</summary>
    private double? TrainedSigma =>
        stated.Source.Checkpoint?.State.Recipe["objective"]?["sigma"] is JsonValue sigma
        && sigma.TryGetValue(out double value) ? value : null;

    /// <summary>Certifies; in the child process, tries the network only.</summary>
    /// <returns>The exit code: 0, or a signal's.</returns>
    /// <exception cref="TrainerException">
    /// Weights, data and network do not fit, or attacks have moved more images than α explains.
    /// </exception>
    public int Run() => stated.WithStops(Certify, Processes);

    /// <returns>False where it was stopped.</returns>
    private bool Certify(SavedClassifier saved, DataSplits data, string? folder, Func<bool> stop)
    {
        if (Examples is { } asked && Shortage.Of("--examples", asked, data.Test.Count, "test image") is { } shortage)
            StatedWeights.Note(shortage);
        if (TrainedSigma is { } trained && trained != Smoothing.Sigma)
            StatedWeights.Note($"the network was trained with σ {Number(trained)} and is certified with "
                + $"σ {Number(Smoothing.Sigma)}: radii are usually largest where both are the same");
        long[] indices = [.. Enumerable.Range(0, (int)Math.Min(Examples ?? long.MaxValue, data.Test.Count))
            .Where(index => index % Every == 0).Select(index => (long)index)];
        var progress = new EvaluationProgressLine();
        var result = new FinalCertification(saved.Classifier, stated.Plan, data, Smoothing)
        {
            StopEarly = StopEarly,
            Attack = Attack,
        }.Run(indices, saved.Workers, new(folder, stop, progress.Show) { Processes = Processes });
        progress.Clear();
        if (result is null)
            return false;
        if (!Processes.IsFirst)
            return true;
        result.Write(stated.Source.Path, data.TestFingerprint, stated.Files.Results);
        var page = result.Folder is null ? null : CertificationReport.Write(result.Folder, stated.Source.Name);
        Print(result, page);
        if (result.IsContradictory)
            throw new TrainerException(ErrorKind.Other, $"{result.Contradictions.Count} images, such as "
                + $"{result.Contradictions[0]}, have another class within their certified radius, more than α = "
                + $"{result.Options.Alpha.ToString(CultureInfo.InvariantCulture)} explains: the certificates or the "
                + "attack are wrong. Report this.");
        return true;
    }

    private void Print(CertificationResult result, string? page)
    {
        var screen = Screen.Create();
        var table = Screen.Table("weights", "sigma", "n", "images", "radius", "certified %", "95 % interval");
        foreach (var radius in result.Radii)
        {
            var certified = result.Certified(radius);
            table.AddRow(
                stated.Source.Name, Number(result.Options.Sigma),
                result.Options.N.ToString("N0", CultureInfo.InvariantCulture),
                result.Examples.Count.ToString("N0", CultureInfo.InvariantCulture),
                radius.ToString("F2", CultureInfo.InvariantCulture), FinalTable.Percent(certified.Value),
                Interval(certified));
        }
        screen.Write(table);
        screen.WriteLine($"average certified radius {Number(result.AverageRadius)}; a certificate is wrong with "
            + $"probability {result.Options.Alpha.ToString(CultureInfo.InvariantCulture)} at most");
        if (result.UnderAttack is { } robust)
            screen.WriteLine($"under {result.Attack!.Name}, {result.Attack.Threat}: "
                + $"{FinalTable.Percent(robust.Value)} % ({Interval(robust)})"
                + (result.Contradictions.Count == 0 ? "" : $"; {Quantity.Of(result.Contradictions.Count, "image")} "
                + "moved within the certified radius"));
        if (page is not null)
            screen.WriteLine($"Ledger, results and the curve ({Path.GetFileName(page)}) are in {result.Folder}"
                + (result.AttackFolder is null ? "" : $"; the attack's ledger is in {result.AttackFolder}"));
    }

    private static string Interval(Accuracy accuracy) =>
        FinalTable.Interval(accuracy.Interval.Low, accuracy.Interval.High);

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
