using System.CommandLine;
using Trainer.Cli.Options;
using Trainer.Engine.Evaluation;
using Trainer.Recipes;
using Trainer.Recipes.Parsing;

namespace Trainer.Cli.Evaluation;

/// <summary>trainer evaluate: measures how robust saved weights are.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var attack = new Option<string?>("--attack")
        {
            Description = "Instead of the recipe's final evaluations: an attack's name such as autoattack, "
                + "or its JSON such as {\"type\":\"pgd\",\"steps\":100,\"restarts\":5}.",
            HelpName = "name|json",
        };
        var examples = CountOption.Create("--examples", 1, "How many of the test images to attack; "
            + "by default the number in the recipe, else 1000.");
        var choose = WordOption.Create<ExampleChoice>(
            "--subset", "Which test images: the first, or a random subset fixed by the recipe's seed.");
        var logits = new Option<string?>("--logits")
        {
            Description = "Also writes the logits of all clean test images to this safetensors file, "
                + "which must not exist.",
            HelpName = "file",
        };
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
        var worstCase = new Option<bool>("--worst-case")
        {
            Description = "Also the worst case over every recorded evaluation of these weights under the same "
                + "threat model or a smaller radius.",
        };
        var shared = new WeightsOptions("results and checks", new());
        var command = shared.Command(
            "evaluate", "Measures clean and robust accuracy of saved weights on the test images.",
            attack, examples, choose, checks, worstCase, backdoor, corruptions, logits, processes);
        command.SetAction(parsed => JoinedProcesses.Run(parsed.GetValue(processes), joined =>
        {
            if (parsed.GetValue(corruptions) && (parsed.GetValue(attack) is not null || parsed.GetValue(backdoor)))
                throw new TrainerException(
                    ErrorKind.Recipe, "--corruptions measures no attack. Leave out --attack and --backdoor.");
            if (parsed.GetValue(corruptions))
                UnusedOptions.Refuse(parsed, "--corruptions, which measures the first test images", [choose]);
            // Masking checks take the examples.
            if (parsed.GetValue(backdoor))
                UnusedOptions.Refuse(
                    parsed, "--backdoor, which measures the trigger on all test images without an attack",
                    [attack, choose, .. parsed.GetValue(checks) ? (Option[])[] : [examples]]);
            IReadOnlyList<OptionValue> options =
                parsed.GetValue(attack) is { } named ? [EvaluatedRecipe.AttackOption(named)] : [];
            var stated = shared.Read(parsed, joined.IsFirst, options, logits: parsed.GetValue(logits));
            if (parsed.GetValue(worstCase) && stated.Ledgers is null)
                throw new TrainerException(
                    ErrorKind.Recipe, $"--worst-case reads ledgers, and '{stated.Source.Path}' is a file of weights "
                    + "without a run folder. Name the folder of its ledgers with --ledger DIR.");
            return new EvaluationRun(stated, Joined(stated, parsed.GetValue(examples), parsed.GetValue(choose)))
            {
                Processes = joined,
                Examples = parsed.GetValue(examples),
                Checks = parsed.GetValue(checks) ? parsed.GetValue(examples) ?? 1000 : null,
                PrintsWorstCase = parsed.GetValue(worstCase),
                MeasuresBackdoor = parsed.GetValue(backdoor),
                MeasuresCorruptions = parsed.GetValue(corruptions),
            }.Run();
        }));
        return command;
    }

    /// <summary>The plan with each threat model's evaluations, on the examples of the command line.</summary>
    private static EvaluationPlan Joined(StatedWeights stated, int? examples, ExampleChoice? choose)
    {
        var finals = stated.Plans.SelectMany(plan => plan.Evaluate.Final.Select(final => final with
        {
            Examples = examples ?? final.Examples,
            Subset = choose ?? final.Subset,
            Threat = stated.Plans.Count > 1 ? plan.Threat : stated.NamesThreat ? null : final.Threat,
        })).Distinct();
        return stated.Plan with { Evaluate = stated.Plan.Evaluate with { Final = [.. finals] } };
    }
}
