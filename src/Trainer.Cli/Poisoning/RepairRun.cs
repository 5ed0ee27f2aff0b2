using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Trainer.Cli.Training;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Devices;
using Trainer.Engine.Metrics;
using Trainer.Engine.Repair;
using Trainer.Engine.Storage;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Robustness.Components;

namespace Trainer.Cli.Poisoning;

/// <summary>Repairs the network of a checkpoint, and prints what came of it.</summary>
/// <param name="source">The weights.</param>
/// <param name="checkpoint">Their checkpoint.</param>
/// <param name="registry">The components that its recipe may name.</param>
/// <param name="dataRoots">Folders of data sets.</param>
internal sealed class RepairRun(
    WeightsSource source, Checkpoint checkpoint, ComponentRegistry registry, IReadOnlyList<string> dataRoots)
{
    /// <summary>How.</summary>
    public required RepairOptions Options { get; init; }

    /// <summary>The new run folder; null for the run folder's name with the method's.</summary>
    public string? Folder { get; init; }

    /// <summary>How many CPU threads; null for the run's number.</summary>
    public int? Threads { get; init; }

    /// <summary>Repairs.</summary>
    /// <exception cref="TrainerException">
    /// The data are not those of the run, the method cannot be used, or the folder is not empty or inside a run.
    /// </exception>
    public void Run()
    {
        var folder = Folder ?? $"{Path.GetDirectoryName(checkpoint.Path)}-"
            + JsonNamingPolicy.KebabCaseLower.ConvertName($"{Options.Method}");
        Destination.CheckEmptyFolder("--out", folder);
        // It is written beside its place.
        Destination.CheckFolder("--out", Path.GetDirectoryName(
            Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) ?? folder);
        if (Folder is not null)
            RunDestination.CheckOutside("--out", folder);
        var repairer = new Repairer(source, checkpoint, registry);
        var recipe = repairer.Recipe;
        TrialProcess.Run(recipe.Model, Environment.GetCommandLineArgs()[1..]);
        var device = DeviceChoice.Resolve(recipe.Device);
        Engine.Devices.Threads.Use(Engine.Devices.Threads.Choose(Threads, checkpoint.State.Threads));
        using var data = recipe.Data.Load(dataRoots).To(device);
        StoredData.CheckAll(checkpoint, data);
        if (TrialProcess.IsChild)
        {
            repairer.Try(Options, data, device);
            return;
        }
        var report = repairer.Run(Options, data, device, folder, line => Console.Error.WriteLine($"note: {line}"));
        Print(report);
        Console.Out.WriteLine($"The repaired run is in {folder}. Measure it with: trainer evaluate {folder}"
            + (recipe.Data.Poison is null ? "" : " --backdoor"));
    }

    private static void Print(RepairReport report)
    {
        var screen = Screen.Create();
        FinalMetrics[] lines = [new("before", report.Before), new("after", report.After)];
        if (report.Before.Backdoor is null)
            Clean(screen, lines);
        else
            BackdoorTable.Write(screen, lines);
        if (report.Decision is { } decision)
            Console.Out.WriteLine($"{report.Method} {decision}.");
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Of {report.CleanImages:N0} clean held-out "
            + $"images {report.Trained:N0} were trained on; on the others clean accuracy was "
            + $"{FinalTable.Percent(report.HeldBefore)} % and is {FinalTable.Percent(report.HeldAfter)} %."));
    }

    private static void Clean(IAnsiConsole screen, IEnumerable<FinalMetrics> lines)
    {
        var table = Screen.Table("checkpoint", "images", "clean %");
        foreach (var line in lines)
            table.AddRow(
                line.Checkpoint, line.Test.Examples.ToString("N0", CultureInfo.InvariantCulture),
                FinalTable.Percent(line.Test.Clean));
        screen.Write(table);
    }
}
