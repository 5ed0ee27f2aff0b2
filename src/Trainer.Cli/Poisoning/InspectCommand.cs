using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Trainer.Cli.Options;
using Trainer.Engine;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Evaluation.Detection;
using Trainer.Engine.Settings;
using Trainer.Engine.Storage;
using Trainer.Recipes.Extensions;

namespace Trainer.Cli.Poisoning;

/// <summary>trainer inspect: looks for poisoned images among those that a run was trained on.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var usual = new InspectionOptions();
        var run = RunArgument.Create();
        var method = WordOption.Create<DetectionMethod>(
            "--method", "How poisoned images are looked for; by default in every way for which "
                + "there is what it needs.");
        var rate = NumberOption.Share("--rate", "Of spectral: the largest share of a class that is expected to be "
            + $"poisoned; by default {Text(usual.Rate)}.");
        var overlays = CountOption.Create("--overlays", 1, $"Of strip: how many held-out images are added to each; by "
            + $"default {usual.Overlays}, and so many passes of the network over all training images.");
        var falsePositives = NumberOption.Share("--false-positives", "Of strip: the share of clean images that may "
            + $"be taken for poisoned; by default {Text(usual.FalsePositives)}.");
        var output = new Option<string?>("--out")
        {
            Description = "The JSON file to write, which must not exist; by default suspicious.json in the run folder, "
                + "which is replaced.",
            HelpName = "file",
        };
        var threads = ThreadsOption.Create("as many as the run has");
        var extensions = RecipeArguments.ExtensionOption();
        var command = new FileCommand("inspect", "Looks for poisoned images among those that a run was trained on.");
        command.Add(run);
        foreach (var option in (Option[])[method, rate, overlays, falsePositives, output, threads, extensions])
            command.Add(option);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(method) is { } named)
                UnusedOptions.Refuse(
                    parsed,
                    $"--method {JsonNamingPolicy.KebabCaseLower.ConvertName($"{named}")}, which does not use it",
                    new (DetectionMethod Of, Option Option)[]
                    {
                        (DetectionMethod.Spectral, rate), (DetectionMethod.Strip, overlays),
                        (DetectionMethod.Strip, falsePositives),
                    }.Where(item => item.Of != named).Select(item => item.Option));
            if (parsed.GetValue(output) is { } file)
                Destination.CheckNewFile("--out", file);
            var registry = BuiltInComponents.Registry();
            ExtensionLoader.Load(parsed.GetRequiredValue(extensions), registry);
            var (source, checkpoint) = RunArgument.Find(parsed, run, "what it was trained on");
            var usualPlace = InspectionReport.PathIn(Path.GetDirectoryName(checkpoint.Path) ?? "");
            if (parsed.GetValue(output) is { } place)
                RunDestination.CheckFree("--out", place, usualPlace);
            else
                Destination.CheckFile("--out", usualPlace);
            var options = usual with
            {
                Methods = parsed.GetValue(method) is { } one ? [one] : null,
                Rate = parsed.GetValue(rate) ?? usual.Rate,
                Overlays = parsed.GetValue(overlays) ?? usual.Overlays,
                FalsePositives = parsed.GetValue(falsePositives) ?? usual.FalsePositives,
            };
            new InspectionRun(source, checkpoint, registry, MachineSettings.Read().DataRoots)
            {
                Options = options,
                Output = parsed.GetValue(output),
                Threads = parsed.GetValue(threads),
            }.Run();
            return 0;
        });
        return command;
    }

    private static string Text(double share) => share.ToString(CultureInfo.InvariantCulture);
}
