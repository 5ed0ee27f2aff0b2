using System.CommandLine;
using Trainer.Cli.Options;
using Trainer.Engine;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Settings;
using Trainer.Engine.Weights;
using Trainer.Engine.Weights.Foreign;
using Trainer.Recipes;
using Trainer.Recipes.Extensions;
using Trainer.Recipes.Parsing;

namespace Trainer.Cli.Evaluation;

/// <summary>What commands that measure weights share: which weights, with what, and where results go.</summary>
/// <param name="ledgersOf">What is in the folder of ledgers, for the help.</param>
/// <param name="networks">
/// The options for networks from elsewhere, of a command that measures them and several threat models; null for others.
/// </param>
internal sealed class WeightsOptions(string ledgersOf, ForeignOptions? networks = null)
{
    private readonly Argument<string> weights = new("weights")
    {
        Description = "A run folder (its best checkpoint), a checkpoint, "
            + (networks is null ? "or a file of safetensors or PyTorch."
            : "a file of safetensors or PyTorch, a network as a TorchScript or ONNX file, or a program."),
    };

    private readonly Option<string?> recipe = new("--recipe")
    {
        Description = "The recipe that names network, data and threat model of a file of weights.",
        HelpName = "file",
    };

    private readonly Option<string?> model = new("--model")
    {
        Description = "The network of a file of weights, by default the one that fits: its name, its JSON such as "
            + "{\"type\":\"preact-resnet-18\",\"width\":8,\"normalisation\":null}, or a recipe. "
            + "Normalisation is given in the JSON or in the file's metadata.",
        HelpName = "name|json|recipe",
    };

    private readonly Option<string?> key = WeightsKeyOption.Create();

    private readonly Option<string?> data = new("--data")
    {
        Description = "The data set, by its name or JSON; by default the recipe's.",
        HelpName = "name|json",
    };

    private readonly Option<string[]> threat = new("--threat")
    {
        Description = "The threat model, such as {\"norm\":\"linf\",\"epsilon\":\"8/255\"}; by default the recipe's."
            + (networks is null ? "" : " Given again, each is measured."),
        HelpName = "json",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<WeightsChoice?> measured = WordOption.Create<WeightsChoice>(
        "--weights",
        "Which of a checkpoint's weights; by default those that the recipe names: the average where it has one.");

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

    /// <summary>The option --threat.</summary>
    public Option Threat => threat;

    /// <summary>A command with these options.</summary>
    /// <param name="name">The command.</param>
    /// <param name="description">Its help.</param>
    /// <param name="own">Its own options.</param>
    public Command Command(string name, string description, params Option[] own)
    {
        var command = new FileCommand(name, description)
        {
            // A file of weights has no run folder for the results.
            WritesFiles = parsed => parsed.GetValue(ledgers) is not null || parsed.GetValue(output) is not null
                || !(parsed.GetValue(weights) is { } named && (File.Exists(named) || ProgramNetwork.IsAddress(named))),
        };
        command.Add(weights);
        Option[] all = [.. own, recipe, model, key, data, threat, measured, set, extensions, ledgers, output, threads];
        foreach (var option in all)
            command.Add(option);
        networks?.AddTo(command);
        return command;
    }

    /// <summary>What the command line states.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="checksFiles">Whether this process is to write the files, and so checks where they go.</param>
    /// <param name="options">Values of the command's own options, to lay over the recipe.</param>
    /// <param name="needsThreat">Whether a file of weights is measured under a threat model.</param>
    /// <param name="logits">The file for logits; null for none.</param>
    public StatedWeights Read(
        ParseResult parsed, bool checksFiles, IReadOnlyList<OptionValue>? options = null, bool needsThreat = true,
        string? logits = null)
    {
        var files = new EvaluationFiles(parsed.GetValue(ledgers), parsed.GetValue(output), logits);
        if (checksFiles)
            files.Check();
        var settings = MachineSettings.Read();
        var registry = BuiltInComponents.Registry();
        ExtensionLoader.Load(parsed.GetRequiredValue(extensions), registry);
        var (named, stateDict) = (parsed.GetRequiredValue(weights), parsed.GetValue(key));
        var source = networks is not null && ProgramNetwork.IsAddress(named)
            ? new(named, null) { Key = stateDict }
            : WeightsSource.Find(named, damaged => Console.Error.WriteLine($"warning: {damaged}"), stateDict);
        IReadOnlyList<OptionValue> all = [.. options ?? [], .. Weights(parsed.GetValue(measured), source)];
        var asked = new EvaluatedRecipe(
            parsed.GetValue(recipe), parsed.GetValue(model), parsed.GetValue(data), Threat: null, settings.Device)
        {
            Network = networks?.Find(parsed, source, registry),
            NeedsThreat = needsThreat,
        }.WithFittingModel(source, registry);
        var changes = parsed.GetRequiredValue(set);
        var threats = parsed.GetRequiredValue(threat);
        if (networks is null && threats.Length > 1)
            throw new TrainerException(ErrorKind.Recipe, $"--threat: found {threats.Length} threat models, expected "
                + "one. Run the command once for each.");
        EvaluationPlan[] plans =
        [
            .. threats.DefaultIfEmpty(null).Select(stated => asked with { Threat = stated })
                .Select(stated => stated.Resolve(source, changes, all, registry))
                .Select(plan => networks?.Limit(parsed, plan) ?? plan),
        ];
        if (checksFiles)
            TrialProcess.Run(plans[0].Model, Environment.GetCommandLineArgs()[1..]);
        return new(source, plans, registry, settings.DataRoots, files)
        {
            Threads = parsed.GetValue(threads),
            Classes = networks?.Classes(parsed),
            NamesData = (parsed.GetValue(data) ?? parsed.GetValue(recipe) ?? parsed.GetValue(model)) is not null
                || changes.Any(change => change.Split('=')[0].Split('.', '[')[0] == "data"),
            NamesThreat = threats.Length > 0,
        };
    }

    /// <summary>The override that chooses among a checkpoint's weights.</summary>
    private static IEnumerable<OptionValue> Weights(WeightsChoice? measured, WeightsSource source) =>
        measured is not { } choice ? []
        : source.Checkpoint is not null
            ? [new("--weights", "evaluate.weights", $"{choice}".ToLowerInvariant()) { OverSet = true }]
        : throw new TrainerException(ErrorKind.Recipe, "--weights chooses among the weights of a checkpoint, "
        + $"and '{source.Path}' is a file of weights. Leave it out.");
}
