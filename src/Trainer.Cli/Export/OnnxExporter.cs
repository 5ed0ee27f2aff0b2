using System.Globalization;
using Trainer.Cli.Evaluation;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Settings;
using Trainer.Engine.Weights;
using Trainer.Engine.Weights.Onnx;
using Trainer.Recipes;
using Trainer.Robustness.Components;

namespace Trainer.Cli.Export;

/// <summary>Writes a checkpoint's network as an ONNX file, compared on its run's test images.</summary>
internal static class OnnxExporter
{
    /// <summary>Whether the name of a file asks for ONNX.</summary>
    public static bool Takes(string file) => file.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase);

    /// <summary>Writes the file and prints what was compared.</summary>
    /// <exception cref="TrainerException">See <see cref="OnnxExport.Write"/>.</exception>
    public static void Write(
        WeightsSource source, string target, ComponentRegistry registry, WeightsChoice? weights, bool normalise)
    {
        var settings = MachineSettings.Read();
        var plan = new EvaluatedRecipe(null, null, null, null, settings.Device)
            .Resolve(source, [], [], registry);
        TrialProcess.Run(plan.Model, Environment.GetCommandLineArgs()[1..]);
        using var scope = NewDisposeScope();
        var export = new OnnxExport(plan.Model) { Weights = weights, Normalise = normalise };
        if (TrialProcess.IsChild)
        {
            export.Try(source);
            return;
        }
        var images = TestImages(plan, settings.DataRoots);
        var difference = (export with { Images = images }).Write(source, target);
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{target}: the network of {source.Path}; ONNX Runtime's logits of "
            + $"{images?.shape[0] ?? OnnxExport.Compared} "
            + $"{(images is null ? "random" : "test")} images differ by {difference:0.0e+0} of the largest at most"));
    }

    /// <summary>The first test images, float32; null with a note where the run's data cannot be read.</summary>
    private static Tensor? TestImages(EvaluationPlan plan, IReadOnlyList<string> dataRoots)
    {
        try
        {
            using var data = plan.Data.LoadTest(dataRoots);
            return data.Test.Batch(arange(Math.Min(OnnxExport.Compared, data.Test.Count))).Images;
        }
        catch (TrainerException exception) when (exception.Kind == ErrorKind.Data)
        {
            Console.Error.WriteLine($"note: compares on random images: {exception.Message}");
            return null;
        }
    }
}
