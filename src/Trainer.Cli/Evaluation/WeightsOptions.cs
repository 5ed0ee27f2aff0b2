using System.CommandLine;
using Trainer.Cli.Options;
using Trainer.Engine;
using Trainer.Engine.Settings;
using Trainer.Engine.Weights;
using Trainer.Recipes.Extensions;
using Trainer.Recipes.Parsing;

namespace Trainer.Cli.Evaluation;

/// <summary>What commands that prove robustness share: which weights, with what, and where results go.</summary>
/// <param name="ledgersOf">What is in the folder of ledgers, for the help.</param>
internal sealed class WeightsOptions(string ledgersOf)
{
    private readonly Argument<string> weights = new("weights")
    {
        Description = "A run folder (its best checkpoint), a checkpoint, or a file of safetensors or PyTorch.",
    };

    private readonly Option<string?> recipe = new("--recipe")
    {
        Description = "The recipe that names network, data and threat model of a file of weights.",
        HelpName = "file",
    };

    private readonly Option<string?> data = new("--data")
    {
        Description = "The data set, by its name or JSON; by default the recipe's.",
        HelpName = "name|json",
    };

    private readonly Option<string?> threat = new("--threat")
    {
        Description = "The threat model, such as {\"norm\":\"linf\",\"epsilon\":\"8/255\"}; by default the recipe's.",
        HelpName = "json",
    };

    private readonly Option<string[]> set = new("--set")
    {
        Description = "Sets a value of the recipe: --set threat.epsilon=0.2. Can be given again.",
        HelpName = "path=value",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string[]> extensions = RecipeArguments.ExtensionOption();

    private readonly Option<string?> ledgers = new("--ledger")
    {
        Description = $"The folder of ledgers, {ledgersOf}; by default evaluations/ in the checkpoint's run folder, "
            + "and nowhere for a file.",
        HelpName = "dir",
    };

    private readonly Option<string?> output = new("--out")
    {
        Description = "Also writes the results to this JSON file, which must not exist.",
        HelpName = "file",
    };

    private readonly Option<int?> threads = ThreadsOption.Create("as many as the run has");

    /// <summary>A command with these options.</summary>
    /// <param name="name">The command.</param>
    /// <param name="description">Its help.</param>
    /// <param name="own">Its own options.</param>
    public Command Command(string name, string description, params Option[] own)
    {
        var command = new FileCommand(name, description)
        {
            WritesFiles = parsed => parsed.GetValue(ledgers) is not null || parsed.GetValue(output) is not null
                || !(parsed.GetValue(weights) is { } named && File.Exists(named)),
        };
        command.Add(weights);
        foreach (var option in (Option[])[.. own, recipe, data, threat, set, extensions, ledgers, output, threads])
            command.Add(option);
        return command;
    }

    /// <summary>What the command line states.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="checksFiles">Whether this process is to write the files, and so checks where they go.</param>
    /// <param name="options">Values of the command's own options, to lay over the recipe.</param>
    public StatedWeights Read(ParseResult parsed, bool checksFiles = true, IReadOnlyList<OptionValue>? options = null)
    {
        var files = new EvaluationFiles(parsed.GetValue(ledgers), parsed.GetValue(output), null);
        if (checksFiles)
            files.Check();
        var settings = MachineSettings.Read();
        var registry = BuiltInComponents.Registry();
        ExtensionLoader.Load(parsed.GetRequiredValue(extensions), registry);
        var source = WeightsSource.Find(parsed.GetRequiredValue(weights), Console.Error.WriteLine);
        var changes = parsed.GetRequiredValue(set);
        var plan = new EvaluatedRecipe(
            parsed.GetValue(recipe), null, parsed.GetValue(data), parsed.GetValue(threat), settings.Device)
            .WithFittingModel(source, registry).Resolve(source, changes, options ?? [], registry);
        if (checksFiles)
            TrialProcess.Run(plan.Model, Environment.GetCommandLineArgs()[1..]);
        return new(source, plan, settings.DataRoots, files)
        {
            Threads = parsed.GetValue(threads),
            NamesData = (parsed.GetValue(data) ?? parsed.GetValue(recipe)) is not null
                || changes.Any(change => change.Split('=')[0].Split('.', '[')[0] == "data"),
        };
    }
}
