using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Trainer.Cli.Options;
using Trainer.Engine;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Networks;
using Trainer.Engine.Settings;
using Trainer.Engine.Training;
using Trainer.Recipes;

namespace Trainer.Cli.Recipes;

/// <summary>trainer recipe check: everything that a run needs, short of training.</summary>
internal static class RecipeCheckCommand
{
    public static Command Create()
    {
        var recipe = new RecipeArguments();
        var command = recipe.AddTo(new Command("check", "Checks a recipe, its data, device, "
            + "network and memory without training. Creates nothing."));
        var threads = ThreadsOption.Create();
        command.Add(threads);
        command.SetAction(parsed =>
        {
            var settings = MachineSettings.Read();
            var resolved = recipe.Load(parsed, BuiltInComponents.Registry(), settings);
            TrialProcess.RunStep(resolved, Environment.GetCommandLineArgs()[1..]);
            if (Threads.Invalid(parsed.GetValue(threads)) is { } invalid)
                Console.Error.WriteLine($"warning: {invalid}");
            Screen.Create().Write(Check(resolved, settings, Threads.Choose(parsed.GetValue(threads))));
            return 0;
        });
        return command;
    }

    private static Table Check(ResolvedRecipe<Recipe> resolved, MachineSettings settings, int threads)
    {
        var recipe = resolved.Value;
        RunFolder.CheckName(recipe.Name);
        var table = Screen.Table("checked", "found");
        Add(table, "recipe", $"{recipe.Name}, SHA-256 {resolved.Hash[..12]}…");
        var device = DeviceChoice.Resolve(recipe.Device);
        Add(table, "device", $"{device}, {Threads.Describe(threads)}");
        // The trial of a run that is resumed needs no weights to begin with.
        using var run = new TrainingRun(
            recipe, DataSplits.Load(recipe.Data, settings.DataRoots), device, resumes: TrialProcess.IsChild);
        run.UseThreads(threads);
        var data = run.Data;
        Add(table, "data", $"{Count(data.Train.Count)} training, {Count(data.Validation.Count)} held-out and "
            + $"{Quantity.Of(data.Test.Count, "test image")} of {data.Train.Shape}, {data.Train.Classes} classes");
        foreach (var note in data.Notes)
            Add(table, "data", note);
        Add(table, "network",
            $"{Count(run.Model.Parameters.Layout.Segments.Sum(segment => segment.Length))} parameters");
        foreach (var note in run.Model.InitialNotes)
            Add(table, "weights", note);
        Add(table, "length", $"{Quantity.Of(run.Plan.Epochs, "epoch")} of "
            + $"{Quantity.Of(run.Plan.StepsPerEpoch, "step")}, {Quantity.Of(run.Plan.TotalSteps, "step")}");
        TrainingChecks.CheckUnits(run);
        foreach (var caution in TrainingChecks.Cautions(run))
            Add(table, "caution", caution);
        NetworkBuilder.Try(recipe.Model, run.Model.Network, data.Train);
        SmallBatchTrial.Run(run);
        ValidationHook.Try(run);
        var step = new TrainingStep(run);
        Try(run, step);
        var seconds = Try(run, step).TotalSeconds;
        Add(table, "step", $"{seconds.ToString("G2", CultureInfo.InvariantCulture)} s, "
            + $"so {Duration(seconds * run.Plan.TotalSteps)} for all of them; evaluation comes on top");
        Add(table, "memory", PeakMemory.Of(device) is { } bytes
            ? $"{(bytes / 1048576.0).ToString("N0", CultureInfo.InvariantCulture)} MiB at the most so far"
            : "this system does not tell");
        return table;
    }

    /// <summary>Attack, loss and gradient of a first batch, without the update that would follow.</summary>
    private static TimeSpan Try(TrainingRun run, TrainingStep step)
    {
        var clock = Stopwatch.StartNew();
        using var scope = NewDisposeScope();
        step.Trial(batch: 0).Loss.backward();
        run.Model.Parameters.Gradients.sum().item<float>(); // waits for the device
        return clock.Elapsed;
    }

    private static void Add(Table table, string what, string found) =>
        table.AddRow(Markup.Escape(what), Markup.Escape(found));

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Duration(double seconds) => seconds switch
    {
        < 120 => $"{seconds:F0} s",
        < 7200 => $"{seconds / 60:F0} min",
        _ => $"{seconds / 3600:F1} h",
    };
}
