using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Cli.Training;
using Trainer.Engine;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Metrics;
using Trainer.Engine.Recipes;
using Trainer.Engine.Safetensors;
using Trainer.Engine.Settings;

namespace Trainer.Cli.Evaluation;

/// <summary>trainer evaluate: measures how robust saved weights are.</summary>
internal static class EvaluateCommand
{
    private static readonly JsonSerializerOptions indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create()
    {
        var weights = new Argument<string>("weights") { Description = "A run folder (its best checkpoint), a checkpoint, or a .safetensors file." };
        var recipe = new Option<string?>("--recipe") { Description = "The recipe that names network, data and threat model; needed for a .safetensors file.", HelpName = "file" };
        var model = new Option<string?>("--model") { Description = "The network of a .safetensors file: its JSON such as {\"type\":\"preact-resnet-18\"}, or a recipe. Normalisation stands in the JSON or in the file's metadata.", HelpName = "json|recipe" };
        var data = new Option<string?>("--data") { Description = "The data set, by its name or JSON; by default the recipe's.", HelpName = "name|json" };
        var threat = new Option<string?>("--threat") { Description = "The threat model, such as {\"norm\":\"linf\",\"epsilon\":\"8/255\"}; by default the recipe's.", HelpName = "json" };
        var attack = new Option<string?>("--attack") { Description = "Instead of the recipe's final evaluations: an attack's name, or its JSON such as {\"type\":\"pgd\",\"steps\":100,\"restarts\":5}.", HelpName = "name|json" };
        var examples = new Option<int?>("--examples") { Description = "How many of the first test images to attack; by default what the recipe says, else 1000." };
        var measured = new Option<WeightsChoice?>("--weights") { Description = "Which of a checkpoint's weights; by default what the recipe says, which is the average where it has one.", HelpName = "raw|average" };
        var set = new Option<string[]>("--set") { Description = "Sets a value of the recipe: --set threat.epsilon=0.2. Can be given again.", HelpName = "path=value", DefaultValueFactory = _ => [] };
        var extensions = RecipeArguments.ExtensionOption();
        var output = new Option<string?>("--out") { Description = "Also writes the results to this JSON file, which must not exist.", HelpName = "file" };
        var logits = new Option<string?>("--logits") { Description = "Also writes the logits of all clean test images to this safetensors file, which must not exist.", HelpName = "file" };
        var checks = new Option<bool>("--checks") { Description = "Also runs the checks that expose false robustness, on the first 1,000 test images or --examples." };
        var command = new Command("evaluate", "Measures clean and robust accuracy of saved weights on the test images.") { weights, recipe, model, data, threat, attack, examples, measured, checks, set, extensions, output, logits };
        command.SetAction(parsed =>
        {
            var settings = MachineSettings.Read();
            var registry = RecipeLoader.BuiltIn();
            ExtensionLoader.Load(parsed.GetRequiredValue(extensions), registry);
            var source = WeightsSource.Find(parsed.GetRequiredValue(weights), damaged => Console.Error.WriteLine($"warning: {damaged}"));
            var changes = parsed.GetRequiredValue(set)
                .Concat(FinalEvaluations(parsed.GetValue(attack), parsed.GetValue(examples)))
                .Concat(Weights(parsed.GetValue(measured), source));
            var stated = new EvaluatedRecipe(parsed.GetValue(recipe), parsed.GetValue(model), parsed.GetValue(data), parsed.GetValue(threat));
            var resolved = stated.Resolve(source, [.. changes], registry);
            Evaluate(source, resolved, settings, parsed.GetValue(output), parsed.GetValue(logits), parsed.GetValue(checks) ? parsed.GetValue(examples) ?? 1000 : null);
            return 0;
        });
        return command;
    }

    /// <summary>The override that puts the attack of the command line in the place of the recipe's.</summary>
    private static IEnumerable<string> FinalEvaluations(string? attack, int? examples)
    {
        if (attack is null && examples is null)
            return [];
        if (attack is null)
            throw new TrainerException(ErrorKind.Recipe, "--examples needs --attack, because a recipe may ask for several evaluations. Add --attack, such as --attack pgd.");
        var description = attack.TrimStart().StartsWith('{') ? attack : new JsonObject { ["type"] = attack }.ToJsonString();
        return [$"evaluate.final=[{{\"attack\":{description},\"examples\":{examples ?? 1000}}}]"];
    }

    /// <summary>The override that chooses among a checkpoint's weights.</summary>
    private static IEnumerable<string> Weights(WeightsChoice? measured, WeightsSource source) =>
        measured is not { } choice ? []
        : source.Checkpoint is not null ? [choice == WeightsChoice.Average ? "evaluate.weights=average" : "evaluate.weights=raw"]
        : throw new TrainerException(ErrorKind.Recipe, $"--weights chooses among the weights of a checkpoint, and '{source.Path}' is a file of weights. Leave it out.");

    private static void Evaluate(WeightsSource source, ResolvedRecipe<Recipe> resolved, MachineSettings settings, string? output, string? logitsFile, int? checks)
    {
        foreach (var (option, file) in (ReadOnlySpan<(string, string?)>)[("--out", output), ("--logits", logitsFile)])
        {
            if (File.Exists(file))
                throw new TrainerException(ErrorKind.Recipe, $"{option}: '{file}' exists already. Name another file.");
        }
        var device = DeviceChoice.Resolve(resolved.Value.Device);
        Threads.Use(source.Checkpoint?.State.Threads ?? Threads.Default);
        using var data = resolved.Value.Data.Load(settings.DataRoots).To(device);
        if (source.Checkpoint is null)
            WeightsDescription.Read(source.Path).Check(data.Train);
        if (logitsFile is not null)
        {
            using var logits = CheckpointEvaluator.Logits(source, resolved.Value, data, device);
            SafetensorsWriter.Write(logitsFile, [("logits", logits)], new Dictionary<string, string> { ["weights"] = source.Path });
        }
        var lines = new List<FinalMetrics>();
        foreach (var line in CheckpointEvaluator.Run(source, resolved.Value, data, device, source.Evaluations))
        {
            lines.Add(line);
            Console.Error.WriteLine($"{line.Test.Attack}: {Figures.Of(line.Test)}");
        }
        Screen.Create().Write(FinalTable.Of(lines));
        if (checks is { } examples)
            CheckTable.Write(Screen.Create(), [.. CheckpointEvaluator.Check(source, resolved.Value, data, device, examples, source.Evaluations)]);
        if (output is not null)
            File.WriteAllText(output, JsonSerializer.Serialize(new { weights = source.Path, threat = resolved.Value.Threat.ToString(), data = data.Fingerprint, results = lines }, indented) + "\n");
    }
}
