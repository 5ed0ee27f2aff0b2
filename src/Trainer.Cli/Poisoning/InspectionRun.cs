using System.Globalization;
using Spectre.Console;
using Trainer.Cli.Training;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Detection;
using Trainer.Engine.Training;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Robustness.Components;

namespace Trainer.Cli.Poisoning;

/// <summary>Inspects the training images of a checkpoint's run, and prints what came of it.</summary>
/// <param name="source">The weights.</param>
/// <param name="checkpoint">Their checkpoint.</param>
/// <param name="registry">The components that its recipe may name.</param>
/// <param name="dataRoots">Folders of data sets.</param>
internal sealed class InspectionRun(
    WeightsSource source, Checkpoint checkpoint, ComponentRegistry registry, IReadOnlyList<string> dataRoots)
{
    private const string None = "–";

    /// <summary>Which methods, and how.</summary>
    public required InspectionOptions Options { get; init; }

    /// <summary>The file to write; null for the run folder's.</summary>
    public string? Output { get; init; }

    /// <summary>How many CPU threads; null for the run's number.</summary>
    public int? Threads { get; init; }

    /// <summary>Inspects.</summary>
    /// <exception cref="TrainerException">The data are not those of the run, or a method cannot be used.</exception>
    public void Run()
    {
        var recipe = RecipeLoader.FromText<Recipe>(checkpoint.State.Recipe.ToJsonString(), source.Path, registry).Value;
        TrialProcess.Run(recipe.Model, Environment.GetCommandLineArgs()[1..]);
        var device = DeviceChoice.Resolve(recipe.Device);
        Engine.Devices.Threads.Use(Engine.Devices.Threads.Choose(Threads, checkpoint.State.Threads));
        using var data = recipe.Data.Load(dataRoots).To(device);
        StoredData.CheckAll(checkpoint, data);
        using var saved = new SavedClassifier(source, recipe.EvaluationPlan, data, device);
        if (TrialProcess.IsChild)
            return;
        var report = new Inspector(saved.Classifier, data, recipe.Seed, recipe.Evaluate.BatchSize).Run(
            Options, source.Path, note => Console.Error.WriteLine($"note: {note}"));
        var path = Output ?? InspectionReport.PathIn(Path.GetDirectoryName(checkpoint.Path) ?? "");
        Print(report);
        report.Write(path);
        Console.Out.WriteLine($"Rows and scores are in {path}{Before(report)}. Train without them: --set "
            + $"data.exclude={path}");
    }

    private static void Print(InspectionReport report)
    {
        var screen = Screen.Create();
        var table = Screen.Table("method", "suspicious", "precision %", "recall %", "false positives %", "AUC");
        foreach (var method in report.Methods)
            table.AddRow(
                method.Name, method.Suspicious.Count.ToString("N0", CultureInfo.InvariantCulture),
                Percent(method.Precision), Percent(method.Recall), Percent(method.FalsePositiveRate),
                method.Auc?.ToString("F3", CultureInfo.InvariantCulture) ?? None);
        screen.Write(table);
        Console.Out.WriteLine(report.Poisoned is { } poisoned
            ? string.Create(CultureInfo.InvariantCulture, $"{poisoned:N0} of {report.Images:N0} images are poisoned.")
            : "Which images are poisoned is not recorded.");
    }

    private static string Before(InspectionReport report) => report.Excluded == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture, $", with the {report.Excluded:N0} that the run's data.exclude left out before");

    private static string Percent(double? share) => share is null ? None : FinalTable.Percent(share);
}
