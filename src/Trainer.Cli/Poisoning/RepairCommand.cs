using System.CommandLine;
using System.Globalization;
using Trainer.Cli.Options;
using Trainer.Engine;
using Trainer.Engine.Repair;
using Trainer.Engine.Settings;
using Trainer.Recipes.Extensions;

namespace Trainer.Cli.Poisoning;

/// <summary>trainer repair: removes a backdoor from a trained network by clean images.</summary>
internal static class RepairCommand
{
    public static Command Create()
    {
        var usual = new RepairOptions { Method = RepairMethod.FineTuning };
        var run = RunArgument.Create();
        var method = WordOption.Create<RepairMethod>("--method", "How the network is repaired.");
        method.Required = true;
        var share = NumberOption.Share("--share", "The clean images that a defender has, of those that the run held "
            + $"out, as a share of all training images; by default {Text(usual.Share)}.");
        var epochs = CountOption.Create("--epochs", 1, "Epochs of training on the clean images; by default 100, and 10 "
            + "of nad, for teacher and network each.");
        var learningRate = NumberOption.Create("--learning-rate", number => number > 0, "a number above 0",
            $"The first learning rate of that training; by default {Text(usual.LearningRate)}.");
        var maxDrop = NumberOption.Share("--max-drop", "Of fine-pruning and anp: how far clean accuracy may fall by "
            + $"pruning, as a share; by default {Text(usual.MaxDrop)}.");
        var iterations = CountOption.Create("--iterations", 1, "Of anp: how many steps the masks take; by default "
            + $"{usual.Iterations}.");
        var output = new Option<string?>("--out")
        {
            Description = "The new run folder, which must be empty or missing, and in no other run folder; by default "
                + "the run folder's name with the method's.",
            HelpName = "folder",
        };
        var threads = ThreadsOption.Create("as many as the run has");
        var extensions = RecipeArguments.ExtensionOption();
        var command = new FileCommand("repair", "Removes a backdoor from a trained network by clean held-out images, "
            + "and writes it as a new run.");
        command.Add(run);
        foreach (var option in (Option[])[method, share, epochs, learningRate, maxDrop, iterations, output, threads,
            extensions])
            command.Add(option);
        command.SetAction(parsed =>
        {
            var registry = BuiltInComponents.Registry();
            ExtensionLoader.Load(parsed.GetRequiredValue(extensions), registry);
            var (source, checkpoint) = RunArgument.Find(parsed, run, "which images it was not trained on");
            var options = usual with
            {
                Method = parsed.GetValue(method) ?? usual.Method,
                Share = parsed.GetValue(share) ?? usual.Share,
                Epochs = parsed.GetValue(epochs),
                LearningRate = parsed.GetValue(learningRate) ?? usual.LearningRate,
                MaxDrop = parsed.GetValue(maxDrop) ?? usual.MaxDrop,
                Iterations = parsed.GetValue(iterations) ?? usual.Iterations,
            };
            UnusedOptions.Refuse(
                parsed, $"--method {options.Name}, which does not use it",
                [
                    .. options.Trains ? (Option[])[] : [epochs, learningRate],
                    .. options.Prunes ? (Option[])[] : [maxDrop],
                    .. options.UsesMasks ? (Option[])[] : [iterations],
                ]);
            new RepairRun(source, checkpoint, registry, MachineSettings.Read().DataRoots)
            {
                Options = options,
                Folder = parsed.GetValue(output),
                Threads = parsed.GetValue(threads),
            }.Run();
            return 0;
        });
        return command;
    }

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
