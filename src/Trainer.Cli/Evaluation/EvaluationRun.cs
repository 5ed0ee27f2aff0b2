using System.Text.Json;
using Spectre.Console;
using Trainer.Cli.Training;
using Trainer.Engine;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Recipes;
using Trainer.Engine.Safetensors;
using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Cli.Evaluation;

/// <summary>Measures weights and prints what came of it.</summary>
/// <param name="source">The weights.</param>
/// <param name="recipe">What to measure them with.</param>
/// <param name="registry">The components that recipes may name.</param>
/// <param name="dataRoots">Folders of data sets.</param>
internal sealed class EvaluationRun(WeightsSource source, Recipe recipe, ComponentRegistry registry, IReadOnlyList<string> dataRoots)
{
    private static readonly JsonSerializerOptions indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The folder for ledgers and results; null for the checkpoint's run folder.</summary>
    public string? Evaluations { get; init; }

    /// <summary>The file for the results; null for none.</summary>
    public string? Output { get; init; }

    /// <summary>The file for the logits of the clean test images; null for none.</summary>
    public string? Logits { get; init; }

    /// <summary>How many test images the masking checks look at; null for no checks.</summary>
    public int? Checks { get; init; }

    /// <summary>The threat models of the masking checks, one after the other.</summary>
    public required IReadOnlyList<ThreatModel> CheckedThreats { get; init; }

    /// <summary>Measures.</summary>
    /// <exception cref="TrainerException">A file exists already, or weights, data and network do not fit.</exception>
    public void Run()
    {
        foreach (var (option, file) in (ReadOnlySpan<(string, string?)>)[("--out", Output), ("--logits", Logits)])
        {
            if (File.Exists(file))
                throw new TrainerException(ErrorKind.Recipe, $"{option}: '{file}' exists already. Name another file.");
        }
        var device = DeviceChoice.Resolve(recipe.Device);
        Threads.Use(source.Checkpoint?.State.Threads ?? Threads.Default);
        using var data = recipe.Data.Load(dataRoots).To(device);
        if (source.Checkpoint is null)
            Describe(WeightsDescription.Read(source.Path, data.Train.Shape, data.Train.Classes), data.Train);
        if (Logits is not null)
        {
            using var logits = CheckpointEvaluator.Logits(source, recipe, data, device);
            SafetensorsWriter.Write(Logits, [("logits", logits)], new Dictionary<string, string> { ["weights"] = source.Path });
        }
        Measure(data, device, Folder());
    }

    /// <summary>Tries the network on two images.</summary>
    /// <exception cref="TrainerException">It does not work, or weights, data and network do not fit.</exception>
    public void Try()
    {
        var device = DeviceChoice.Resolve(recipe.Device);
        using var data = recipe.Data.Load(dataRoots).To(device);
        CheckpointEvaluator.Try(source, recipe, data, device);
    }

    private void Measure(DataSplits data, Device device, string? folder)
    {
        var screen = Screen.Create();
        var progress = new EvaluationProgressLine();
        var results = new List<MeasuredAttack>();
        foreach (var caution in recipe.Evaluate.Final.Select(final => final.Attack.Caution(data.Train.Classes)).OfType<string>().Distinct())
            Console.Error.WriteLine($"note: {caution}");
        foreach (var measured in CheckpointEvaluator.Run(source, recipe, data, device, folder, progress.Show, Note))
        {
            progress.Clear();
            results.Add(measured);
            Console.Error.WriteLine($"{measured.Line.Test.Attack}: {Figures.Of(measured.Line.Test)}");
            screen.Write(StageTable.Of(measured.Result));
            screen.WriteLine("");
        }
        screen.Write(FinalTable.Of(results.Select(measured => measured.Line)));
        foreach (var threat in Checks is null ? [] : CheckedThreats)
        {
            if (CheckedThreats.Count > 1)
                screen.WriteLine(FormattableString.Invariant($"{threat.Norm.ToString().ToLowerInvariant()} {threat.Epsilon:G4}:"));
            var checks = CheckpointEvaluator.Check(source, recipe with { Threat = threat }, data, device, Checks!.Value, folder, progress.Show).ToList();
            progress.Clear();
            CheckTable.Write(screen, checks);
        }
        if (Output is not null)
        {
            var summary = new { weights = source.Path, threat = recipe.Threat.ToString(), data = data.Fingerprint, results = results.Select(measured => measured.Line) };
            File.WriteAllText(Output, JsonSerializer.Serialize(summary, indented) + "\n");
        }
        if (folder is not null)
            screen.WriteLine($"Ledgers and results lie in {folder}");
    }

    private static void Note(string text) => Console.Error.WriteLine($"note: {text}");

    /// <summary>Says what weights without a recipe of their own are taken for.</summary>
    /// <exception cref="TrainerException">Their file says otherwise.</exception>
    private void Describe(WeightsDescription file, ImageData data)
    {
        if (file.Differs(recipe.Model, registry) is { } said)
            Console.Error.WriteLine($"warning: '{file.Path}' says that its network is {said}");
        Console.Error.WriteLine($"note: measures {WeightsDescription.Of(recipe.Model, data)}");
        if (Evaluations is null)
            Console.Error.WriteLine("note: keeps no ledger, so a stopped evaluation begins again; --ledger DIR keeps one");
    }

    /// <summary>Where ledgers and results go; null, with a word about it, where nothing can be written.</summary>
    private string? Folder()
    {
        if ((Evaluations ?? source.Evaluations) is not { } folder)
            return null;
        try
        {
            var full = Directory.CreateDirectory(folder).FullName;
            // Created and deleted: a folder may be there and yet closed to writing.
            using (File.Create(Path.Combine(full, $".probe-{Environment.ProcessId}"), 1, FileOptions.DeleteOnClose))
                return full;
        }
        catch (Exception exception) when (Evaluations is null && exception is (IOException or UnauthorizedAccessException))
        {
            Console.Error.WriteLine($"warning: '{folder}' cannot be written ({exception.Message.TrimEnd('.')}), so this evaluation keeps no ledger and cannot go on if it is stopped; --ledger DIR keeps one elsewhere.");
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TrainerException(ErrorKind.Recipe, $"--ledger: '{folder}' cannot be written: {exception.Message.TrimEnd('.')}. Name another folder.", exception);
        }
    }
}
