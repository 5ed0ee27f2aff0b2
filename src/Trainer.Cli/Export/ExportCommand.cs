using System.CommandLine;
using Trainer.Cli.Options;
using Trainer.Engine.Weights;

namespace Trainer.Cli.Export;

/// <summary>trainer export: weights for PyTorch.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var checkpoint = new Argument<string>("checkpoint")
        {
            Description = "A run folder (its best checkpoint) or a checkpoint.",
        };
        var file = new Argument<string>("file")
        {
            Description = "The file to write, which must not exist: as torch.save writes where its name ends in .pt "
                + "or .pth, else safetensors.",
        };
        var weights = WordOption.Create<WeightsChoice>(
            "--weights", "Which of the checkpoint's weights; by default those that its run measured.");
        var command = new FileCommand("export", "Writes a checkpoint's weights as one file with the keys of PyTorch's "
            + "state_dict.") { checkpoint, file, weights };
        command.SetAction(parsed =>
        {
            var source = WeightsSource.Find(
                parsed.GetRequiredValue(checkpoint), damaged => Console.Error.WriteLine($"warning: {damaged}"));
            var target = parsed.GetRequiredValue(file);
            var count = WeightsExport.Write(source, target, parsed.GetValue(weights));
            Console.Out.WriteLine($"{target}: {count} tensors of {source.Path}");
            return 0;
        });
        return command;
    }
}
