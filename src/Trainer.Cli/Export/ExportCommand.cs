using System.CommandLine;
using Trainer.Cli.Options;
using Trainer.Engine;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Recipes.Extensions;

namespace Trainer.Cli.Export;

/// <summary>trainer export: weights for PyTorch, networks for ONNX.</summary>
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
            Description = "The file to write, which must not exist: the network for ONNX Runtime where its name ends "
                + "in .onnx, weights as torch.save writes them where it ends in .pt or .pth, else as "
                + "safetensors.",
        };
        var weights = WordOption.Create<WeightsChoice>(
            "--weights", "Which of the checkpoint's weights; by default those that its run measured.");
        var bare = new Option<bool>("--without-normalisation")
        {
            Description = "Leaves the normalisation out of an .onnx file, which then takes normalised images.",
        };
        var extensions = RecipeArguments.ExtensionOption();
        var command = new FileCommand("export", "Writes a checkpoint's weights as one file with the keys of PyTorch's "
            + "state_dict, or its network as an ONNX file.") { checkpoint, file, weights, bare, extensions };
        command.SetAction(parsed =>
        {
            var source = WeightsSource.Find(
                parsed.GetRequiredValue(checkpoint), damaged => Console.Error.WriteLine($"warning: {damaged}"));
            var target = parsed.GetRequiredValue(file);
            if (OnnxExporter.Takes(target))
            {
                var registry = BuiltInComponents.Registry();
                ExtensionLoader.Load(parsed.GetRequiredValue(extensions), registry);
                OnnxExporter.Write(source, target, registry, parsed.GetValue(weights), !parsed.GetValue(bare));
                return 0;
            }
            if (parsed.GetValue(bare))
                throw new TrainerException(ErrorKind.Recipe, "--without-normalisation is for .onnx files: "
                    + "other files hold weights alone. Leave it out.");
            var count = WeightsExport.Write(source, target, parsed.GetValue(weights));
            Console.Out.WriteLine($"{target}: {Quantity.Of(count, "tensor")} of {source.Path}, as "
                + $"{(WeightsExport.IsTorchFile(target) ? "torch.save writes them" : "safetensors")}");
            return 0;
        });
        return command;
    }
}
