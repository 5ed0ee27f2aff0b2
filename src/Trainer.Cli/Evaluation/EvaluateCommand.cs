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

/// <summary>trainer evaluate: measures how robust saved weights are.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var weights = new Argument<string>("weights")
        {
            Description = "A run folder (its best checkpoint), a checkpoint, a file of safetensors or PyTorch, a "
                + "network as a TorchScript or ONNX file, or a program.",
        };
        var recipe = new Option<string?>("--recipe")
        {
            Description = "The recipe that names network, data and threat model of a file of weights.",
            HelpName = "file",
        };
        var model = new Option<string?>("--model")
        {
            Description = "The network of a file of weights, by default the one that fits: its name, its JSON such as "
                + "{\"type\":\"preact-resnet-18\",\"width\":8,\"normalisation\":null}, or a recipe. "
                + "Normalisation is given in the JSON or in the file's metadata.",
            HelpName = "name|json|recipe",
        };
        var key = WeightsKeyOption.Create();
        var data = new Option<string?>("--data")
        {
            Description = "The data set, by its name or JSON; by default the recipe's.",
            HelpName = "name|json",
        };
        var threat = new Option<string[]>("--threat")
        {
            Description = "The threat model, such as {\"norm\":\"linf\",\"epsilon\":\"8/255\"}; "
                + "by default the recipe's. Given again, each is measured.",
            HelpName = "json",
            DefaultValueFactory = _ => [],
        };
        var attack = new Option<string?>("--attack")
        {
            Description = "Instead of the recipe's final evaluations: an attack's name, "
                + "or its JSON such as {\"type\":\"pgd\",\"steps\":100,\"restarts\":5}.",
            HelpName = "name|json",
        };
        var examples = CountOption.Create("--examples", 1, "How many of the test images to attack; "
            + "by default the number in the recipe, else 1000.");
        var choose = WordOption.Create<ExampleChoice>(
            "--subset", "Which test images: the first, or a random subset fixed by the recipe's seed.");
        var measured = WordOption.Create<WeightsChoice>(
            "--weights",
            "Which of a checkpoint's weights; by default those that the recipe names: the average where it has one.");
        var set = new Option<string[]>("--set")
        {
            Description = "Sets a value of the recipe: --set threat.epsilon=0.2. Can be given again.",
            HelpName = "path=value",
            DefaultValueFactory = _ => [],
        };
        var extensions = RecipeArguments.ExtensionOption();
        var evaluations = new Option<string?>("--ledger")
        {
            Description = "The folder for ledgers, results and checks; by default evaluations/ in the checkpoint's run "
                + "folder, and nowhere for a file.",
            HelpName = "dir",
        };
        var output = new Option<string?>("--out")
        {
            Description = "Also writes the results to this JSON file, which must not exist.",
            HelpName = "file",
        };
        var logits = new Option<string?>("--logits")
        {
            Description = "Also writes the logits of all clean test images to this safetensors file, "
                + "which must not exist.",
            HelpName = "file",
        };
        var threads = ThreadsOption.Create("as many as the run has");
        var checks = new Option<bool>("--checks")
        {
            Description = "Also runs the checks that expose false robustness, "
                + "on the first 1,000 test images or --examples.",
        };
        var backdoor = new Option<bool>("--backdoor")
        {
            Description = "Instead of any attack: clean accuracy, attack success rate and robust accuracy with the "
                + "trigger of the recipe's data.poison, on all test images.",
        };
        var corruptions = new Option<bool>("--corruptions")
        {
            Description = "Instead of any attack: accuracy under the fifteen common corruptions (Hendrycks and "
                + "Dietterich 2019) at five severities, on all test images or --examples.",
        };
        var processes = JoinedProcesses.Option();
        var network = new ForeignOptions();
        var worstCase = new Option<bool>("--worst-case")
        {
            Description = "Also prints the worst case over every recorded evaluation of these weights under the same "
                + "threat model or a smaller radius.",
        };
        var command = new FileCommand("evaluate", "Measures clean and robust accuracy of saved weights on the test "
            + "images.")
        {
            // A file of weights has no run folder for the results.
            WritesFiles = parsed =>
                parsed.GetValue(evaluations) is not null || parsed.GetValue(output) is not null
                || !(parsed.GetValue(weights) is { } named && (File.Exists(named) || ProgramNetwork.IsAddress(named))),
        };
        command.Add(weights);
        Option[] all =
        [
            recipe, model, key, data, threat, attack, examples, choose, measured, checks, worstCase, backdoor,
            corruptions, set, extensions, evaluations, output, logits, threads, processes,
        ];
        foreach (var option in all)
            command.Add(option);
        network.AddTo(command);
        command.SetAction(parsed => JoinedProcesses.Run(parsed.GetValue(processes), joined =>
        {
            if (parsed.GetValue(corruptions) && (parsed.GetValue(attack) is not null
                || parsed.GetValue(output) is not null || parsed.GetValue(backdoor)))
                throw new TrainerException(ErrorKind.Recipe, "--corruptions measures no attack, and its results are in "
                    + "corruptions.json. Leave out --attack, --backdoor and --out.");
            if (parsed.GetValue(corruptions))
                UnusedOptions.Refuse(parsed, "--corruptions, which measures the first test images", [choose]);
            // Masking checks take the examples.
            if (parsed.GetValue(backdoor))
                UnusedOptions.Refuse(
                    parsed, "--backdoor, which measures the trigger on all test images without an attack",
                    [attack, choose, .. parsed.GetValue(checks) ? (Option[])[] : [examples]]);
            var files = new EvaluationFiles(
                parsed.GetValue(evaluations), parsed.GetValue(output), parsed.GetValue(logits));
            if (joined.IsFirst)
                files.Check();
            var settings = MachineSettings.Read();
            var registry = BuiltInComponents.Registry();
            ExtensionLoader.Load(parsed.GetRequiredValue(extensions), registry);
            var source = ForeignOptions.FindSource(parsed.GetRequiredValue(weights), parsed.GetValue(key));
            if (parsed.GetValue(worstCase) && (files.Ledgers ?? source.Evaluations) is null)
                throw new TrainerException(
                    ErrorKind.Recipe, $"--worst-case reads ledgers, and '{source.Path}' is a file of weights without a "
                    + "run folder. Name the folder of its ledgers with --ledger DIR.");
            IReadOnlyList<OptionValue> options =
            [
                .. parsed.GetValue(attack) is { } named ? [EvaluatedRecipe.AttackOption(named)] : (OptionValue[])[],
                .. Weights(parsed.GetValue(measured), source),
            ];
            var given = parsed.GetRequiredValue(threat);
            string?[] threats = given.Length > 0 ? given : (string?[])[null];
            var asked = new EvaluatedRecipe(
                parsed.GetValue(recipe), parsed.GetValue(model), parsed.GetValue(data), Threat: null, settings.Device)
            {
                Network = network.Find(parsed, source, registry),
            }.WithFittingModel(source, registry);
            var changes = parsed.GetRequiredValue(set);
            var plans = threats.Select(stated => asked with { Threat = stated })
                .Select(stated => network.Limit(parsed, stated.Resolve(source, changes, options, registry))).ToList();
            if (joined.IsFirst)
                TrialProcess.Run(plans[0].Model, Environment.GetCommandLineArgs()[1..]);
            var run = new EvaluationRun(source, Joined(
                plans, parsed.GetValue(examples), parsed.GetValue(choose), given.Length > 0), registry,
                settings.DataRoots)
            {
                Files = files,
                Processes = joined,
                Examples = parsed.GetValue(examples),
                Classes = network.Classes(parsed),
                Threads = parsed.GetValue(threads),
                NamesData = (parsed.GetValue(data) ?? parsed.GetValue(recipe) ?? parsed.GetValue(model)) is not null
                    || parsed.GetRequiredValue(set).Any(change => change.Split('=')[0].Split('.', '[')[0] == "data"),
                Checks = parsed.GetValue(checks) ? parsed.GetValue(examples) ?? 1000 : null,
                PrintsWorstCase = parsed.GetValue(worstCase),
                MeasuresBackdoor = parsed.GetValue(backdoor),
                MeasuresCorruptions = parsed.GetValue(corruptions),
                Threats = [.. plans.Select(one => one.Threat)],
            };
            if (!TrialProcess.IsChild)
                return run.Run();
            run.Try();
            return 0;
        }));
        return command;
    }

    /// <summary>The plan with each threat model's evaluations, on the examples of the command line.</summary>
    private static EvaluationPlan Joined(List<EvaluationPlan> plans, int? examples, ExampleChoice? choose, bool stated)
    {
        var first = plans[0];
        var finals = plans.SelectMany(plan => plan.Evaluate.Final.Select(final => final with
        {
            Examples = examples ?? final.Examples,
            Subset = choose ?? final.Subset,
            Threat = plans.Count > 1 ? plan.Threat : stated ? null : final.Threat,
        })).Distinct();
        return first with { Evaluate = first.Evaluate with { Final = [.. finals] } };
    }

    /// <summary>The override that chooses among a checkpoint's weights.</summary>
    private static IEnumerable<OptionValue> Weights(WeightsChoice? measured, WeightsSource source) =>
        measured is not { } choice ? []
        : source.Checkpoint is not null
            ? [new("--weights", "evaluate.weights", $"{choice}".ToLowerInvariant()) { OverSet = true }]
        : throw new TrainerException(ErrorKind.Recipe, "--weights chooses among the weights of a checkpoint, "
        + $"and '{source.Path}' is a file of weights. Leave it out.");
}
