using System.CommandLine;
using Trainer.Cli.Options;
using Trainer.Engine;
using Trainer.Engine.Settings;
using Trainer.Engine.Weights;
using Trainer.Recipes.Extensions;
using Trainer.Robustness.Bounds;

namespace Trainer.Cli.Evaluation;

/// <summary>trainer verify: proves of how many test images no admissible perturbation changes the class.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var weights = new Argument<string>("weights")
        {
            Description = "A run folder (its best checkpoint), a checkpoint, or a file of safetensors or PyTorch.",
        };
        var method = WordOption.Create<BoundMethod>(
            "--method", "How bounds are computed, from fast to tight; by default crown.");
        var recipe = new Option<string?>("--recipe")
        {
            Description = "The recipe that names network, data and threat model of a file of weights.",
            HelpName = "file",
        };
        var data = new Option<string?>("--data")
        {
            Description = "The data set, by its name or JSON; by default the recipe's.",
            HelpName = "name|json",
        };
        var threat = new Option<string?>("--threat")
        {
            Description = "The threat model, such as {\"norm\":\"linf\",\"epsilon\":\"8/255\"}; "
                + "by default the recipe's.",
            HelpName = "json",
        };
        var examples = CountOption.Create("--examples", 1, "How many of the test images; by default 1000.");
        var set = new Option<string[]>("--set")
        {
            Description = "Sets a value of the recipe: --set threat.epsilon=0.2. Can be given again.",
            HelpName = "path=value",
            DefaultValueFactory = _ => [],
        };
        var extensions = RecipeArguments.ExtensionOption();
        var ledgers = new Option<string?>("--ledger")
        {
            Description = "The folder of ledgers, this verification's and those of attacks; by default evaluations/ in "
                + "the checkpoint's run folder, and nowhere for a file.",
            HelpName = "dir",
        };
        var output = new Option<string?>("--out")
        {
            Description = "Also writes the results to this JSON file, which must not exist.",
            HelpName = "file",
        };
        var threads = ThreadsOption.Create("as many as the run has");
        var command = new FileCommand("verify", "Verifies robustness: bounds the margins of test images over all "
            + "admissible perturbations.")
        {
            WritesFiles = parsed => parsed.GetValue(ledgers) is not null || parsed.GetValue(output) is not null
                || !(parsed.GetValue(weights) is { } named && File.Exists(named)),
        };
        command.Add(weights);
        foreach (var option in (Option[])
            [method, recipe, data, threat, examples, set, extensions, ledgers, output, threads])
            command.Add(option);
        command.SetAction(parsed =>
        {
            var files = new EvaluationFiles(parsed.GetValue(ledgers), parsed.GetValue(output), null);
            files.Check();
            var settings = MachineSettings.Read();
            var registry = BuiltInComponents.Registry();
            ExtensionLoader.Load(parsed.GetRequiredValue(extensions), registry);
            var source = WeightsSource.Find(parsed.GetRequiredValue(weights), Console.Error.WriteLine);
            var changes = parsed.GetRequiredValue(set);
            var plan = new EvaluatedRecipe(
                parsed.GetValue(recipe), null, parsed.GetValue(data), parsed.GetValue(threat), settings.Device)
                .WithFittingModel(source, registry).Resolve(source, changes, [], registry);
            TrialProcess.Run(plan.Model, Environment.GetCommandLineArgs()[1..]);
            var run = new VerificationRun(source, plan, settings.DataRoots)
            {
                Method = parsed.GetValue(method) ?? BoundMethod.Crown,
                Examples = parsed.GetValue(examples),
                Threads = parsed.GetValue(threads),
                Files = files,
                NamesData = (parsed.GetValue(data) ?? parsed.GetValue(recipe)) is not null
                    || changes.Any(change => change.Split('=')[0].Split('.', '[')[0] == "data"),
            };
            run.Run();
            return 0;
        });
        return command;
    }
}
