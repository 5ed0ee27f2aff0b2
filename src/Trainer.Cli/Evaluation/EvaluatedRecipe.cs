using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Networks;
using Trainer.Engine.Training;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Recipes.Binding;
using Trainer.Recipes.Parsing;
using Trainer.Robustness.Components;
using Trainer.Robustness.Models;

namespace Trainer.Cli.Evaluation;

/// <summary>What weights are measured with, as the command line states it: network, data and threat model.</summary>
/// <param name="Recipe">A recipe's file, or null.</param>
/// <param name="Model">A recipe's file, the name or JSON of a network, or null.</param>
/// <param name="Data">The name or JSON of a data set, or null for the recipe's.</param>
/// <param name="Threat">The JSON of a threat model, or null for the recipe's.</param>
/// <param name="Device">
/// The machine's device: where a recipe's file names none, and instead of the one that a checkpoint was trained on;
/// "auto" for none.
/// </param>
internal sealed record EvaluatedRecipe(string? Recipe, string? Model, string? Data, string? Threat, string Device)
{
    private const string NoThreat = """{"norm":"l2","epsilon":0}""";

    private static readonly Dictionary<string, string> Examples = new()
    {
        ["--attack"] = """{"type":"pgd","steps":20}""",
        ["--data"] = """{"type":"mnist","path":"data/mnist"}""",
        ["--model"] = """{"type":"preact-resnet-18","width":8}""",
        ["--normalisation"] = """{"mean":[0.5],"deviation":[0.25]}""",
        ["--threat"] = StatedThreat.Example,
    };

    /// <summary>Whether a threat model must be stated, by the command line or a recipe.</summary>
    public bool NeedsThreat { get; init; } = true;

    /// <summary>A network from elsewhere, with its weights; null where weights are measured.</summary>
    public ForeignNetwork? Network { get; init; }

    /// <summary>
    /// What to measure with: the recipe that is named, the one in the checkpoint, or what is stated alone.
    /// </summary>
    /// <param name="source">The weights.</param>
    /// <param name="changes">Values of --set to lay over it.</param>
    /// <param name="options">Values of other options to lay over it.</param>
    /// <param name="registry">The components that it may name.</param>
    /// <exception cref="TrainerException">Something is stated twice, or missing.</exception>
    public EvaluationPlan Resolve(
        WeightsSource source, IReadOnlyList<string> changes, IReadOnlyList<OptionValue> options,
        ComponentRegistry registry)
    {
        if (Threat is not null)
            StatedThreat.CheckAlone(changes);
        var isNetwork = Model is not null && (IsJson(Model) || registry.Find(typeof(IArchitecture), Model) is not null);
        if (Recipe is not null && Model is not null)
            throw new TrainerException(
                ErrorKind.Recipe, "--recipe and --model both name the network. Leave one of them out.");
        if (isNetwork && source.Checkpoint is not null)
            throw new TrainerException(
                ErrorKind.Recipe, $"--model: the checkpoint '{source.Path}' has a network of its own. Leave it out.");
        if (Model is not null && !isNetwork && !File.Exists(Model) && Path.GetExtension(Model) == "")
        {
            var names = registry.Names(typeof(IArchitecture));
            var hint = Spelling.Nearest(Model, names) is { } near ? $" Did you mean \"{near}\"?" : "";
            throw new TrainerException(
                ErrorKind.Recipe, $"--model: found \"{Model}\", expected one of {string.Join(", ", names)}, "
                + $"the JSON of one, or a recipe's file.{hint}");
        }
        IReadOnlyList<OptionValue> all = [.. Stated(), .. options];
        if (Network is not null)
            return Foreign(Network, changes, all, registry);
        if ((isNetwork ? null : Recipe ?? Model) is { } file)
            return RecipeLoader.Load<Recipe>(
                new(file) { Set = changes, Options = all, MachineDevice = Device }, registry).Value.EvaluationPlan;
        if (Device != "auto")
            all = [new("trainer.json or TRAINER_DEVICE", "device", Device), .. all];
        if (source.Checkpoint is { } checkpoint)
            return RecipeLoader.FromText<Recipe>(
                checkpoint.State.Recipe.ToJsonString(), source.Path, registry, changes, all).Value.EvaluationPlan;
        var alone = Alone(WeightsDescription.Read(source.Path, source.Key), changes, registry);
        var plan = RecipeLoader.FromText<EvaluationPlan>(
            alone.ToJsonString(), "the command line", registry, changes, all).Value;
        return plan.Evaluate.Weights is null ? plan : throw new TrainerException(
            ErrorKind.Recipe,
            $"evaluate.weights chooses among the weights of a checkpoint, and '{source.Path}' is a file of weights. "
            + "Leave it out.");
    }

    /// <summary>Data and threat model of the command line or of a recipe, whose own network is left out.</summary>
    private EvaluationPlan Foreign(
        ForeignNetwork network, IReadOnlyList<string> changes, IReadOnlyList<OptionValue> all,
        ComponentRegistry registry)
    {
        if (Model is not null)
            throw new TrainerException(
                ErrorKind.Recipe, $"--model: '{network.Source}' is a network itself. Leave it out.");
        if (Recipe is not null)
        {
            var recipe = RecipeLoader.Load<Recipe>(new(Recipe) { Set = changes, Options = all }, registry).Value;
            return recipe.EvaluationPlan with { Model = network, Device = "cpu" };
        }
        if (Data is null || Threat is null)
            throw new TrainerException(
                ErrorKind.Recipe, $"{(Data is null ? "--data" : "--threat")} is missing: '{network.Source}' does not "
                + "state what it is to be measured on. Add it, or name both with --recipe FILE.");
        var stated = new JsonObject { ["data"] = Component("--data", Data), ["threat"] = StatedThreat.Parse(Threat) };
        return RecipeLoader.FromText<ForeignPlan>(
            stated.ToJsonString(), "the command line", registry, changes, all).Value.For(network);
    }

    /// <summary>
    /// With the one registered network that fits a file of weights, where no option and no file names one.
    /// </summary>
    /// <exception cref="TrainerException">None fits, or several do.</exception>
    public EvaluatedRecipe WithFittingModel(WeightsSource source, ComponentRegistry registry)
    {
        if (Network is not null || Recipe is not null || Model is not null || source.Checkpoint is not null
            || WeightsDescription.Read(source.Path, source.Key).Model is not null)
            return this;
        using var file = source.Open(source.Measured);
        // The weights do not show how images are normalised: that must be stated.
        var fits = ArchitectureFit.Find(file, registry)
            .Select(fit => WeightsDescription.Line(fit.Network, "normalisation")).ToList();
        if (fits is not [var only])
            throw new TrainerException(
                ErrorKind.Recipe, $"'{source.Path}' holds weights alone, and {(fits.Count == 0
                ? "no registered network fits them (trainer weights lists their keys)"
                : $"{fits.Count} networks fit them: {string.Join(", ", fits)}")}. "
                + "Name network, data and threat model with --recipe FILE, or with --model, --data and --threat.");
        Console.Error.WriteLine($"note: the one registered network that fits '{source.Path}' is {only}");
        return this with { Model = only };
    }

    /// <summary>The network, data and threat model that the command line and the file state.</summary>
    private JsonObject Alone(WeightsDescription file, IReadOnlyList<string> changes, ComponentRegistry registry)
    {
        var model = Model is not null ? Component("--model", Model) : file.Model
            ?? throw new TrainerException(ErrorKind.Recipe, $"'{file.Path}' holds weights alone. Name network, "
            + "data and threat model with --recipe FILE, or with --model, --data and --threat.");
        if (Data is null || (Threat is null && NeedsThreat))
            throw new TrainerException(
                ErrorKind.Recipe, $"{(Data is null ? "--data" : "--threat")} is missing: "
                + $"'{file.Path}' does not state what it is to be measured on. Add --data cifar-10"
                + $"{(NeedsThreat ? " --threat '{\"norm\":\"linf\",\"epsilon\":\"8/255\"}'" : "")}, or the like.");
        if (file.Normalisation is { } normalisation)
        {
            if (!TakesNormalisation(model, registry))
                throw new TrainerException(
                    ErrorKind.Recipe, $"'{file.Path}' states that images are normalised by "
                    + $"{normalisation.ToJsonString()}, and {model["type"]} takes them in [0, 1] as they are. "
                    + "Export it from PyTorch as a TorchScript or ONNX file, and evaluate that with --normalisation.");
            if (model.TryGetPropertyValue("normalisation", out var stated)
                && !JsonNode.DeepEquals(stated, normalisation))
                throw new TrainerException(
                    ErrorKind.Recipe, $"--model: the normalisation is {stated?.ToJsonString() ?? "null"}, "
                    + $"but '{file.Path}' states {normalisation.ToJsonString()}. Leave it out of --model.");
            model["normalisation"] = normalisation.DeepClone();
        }
        else if (file.Model is null && !model.ContainsKey("normalisation") && TakesNormalisation(model, registry)
            && !changes.Any(change => change.StartsWith("model.normalisation", StringComparison.Ordinal)))
        {
            throw new TrainerException(
                ErrorKind.Recipe, $"--model: neither it nor '{file.Path}' states how images are normalised before the "
                + "network. Add \"normalisation\": {\"mean\": […], \"deviation\": […]} to its JSON, "
                + "or \"normalisation\": null for images in [0, 1] as they are.");
        }
        return new()
        {
            ["model"] = model.DeepClone(),
            ["data"] = Component("--data", Data),
            ["threat"] = StatedThreat.Parse(Threat ?? NoThreat),
        };
    }

    private static bool TakesNormalisation(JsonObject model, ComponentRegistry registry) =>
        registry.Find(typeof(IArchitecture), $"{model["type"]}") is { } type
        && RecipeShape.Of(type).Options.Any(option => option.Key == "normalisation");

    /// <summary>Data and threat model as overrides of a recipe.</summary>
    private IEnumerable<OptionValue> Stated()
    {
        if (Data is not null)
            yield return new("--data", "data", Component("--data", Data).ToJsonString());
        if (Threat is not null)
            yield return new("--threat", "threat", StatedThreat.Parse(Threat).ToJsonString());
    }

    /// <summary>The attack of the command line, in the place of the recipe's final evaluations.</summary>
    /// <param name="attack">Its name or JSON.</param>
    public static OptionValue AttackOption(string attack)
    {
        var final = new JsonArray(new JsonObject { ["attack"] = Component("--attack", attack) });
        return new("--attack", "evaluate.final", final.ToJsonString())
        {
            Root = "evaluate.final[0].attack",
            OverSet = true,
        };
    }

    /// <summary>A component of the command line: its JSON, or the object of its name alone.</summary>
    /// <exception cref="TrainerException">It begins like an object and is not valid JSON.</exception>
    public static JsonObject Component(string option, string text) =>
        IsJson(text) ? Parse(option, text) : new() { ["type"] = text };

    private static bool IsJson(string text) => text.TrimStart().StartsWith('{');

    /// <summary>A JSON object of the command line.</summary>
    /// <exception cref="TrainerException">It is none.</exception>
    public static JsonObject Parse(string option, string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? throw Unusable("");
        }
        catch (JsonException exception)
        {
            var problem = JsonProblem.Describe(Encoding.UTF8.GetBytes(text), exception);
            throw Unusable(IsJson(text) ? $", which is not valid JSON ({problem})" : "");
        }

        TrainerException Unusable(string problem) => new(ErrorKind.Recipe,
            $"{option}: found {text}{problem}, "
            + $"expected a JSON object in single quotation marks, such as '{Examples[option]}'.");
    }
}
