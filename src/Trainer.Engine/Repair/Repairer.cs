using System.Runtime.ExceptionServices;
using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Metrics;
using Trainer.Engine.Networks;
using Trainer.Engine.Storage;
using Trainer.Engine.Training;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Repair;

/// <summary>Repairs the network of a checkpoint, and writes the result as a run folder of its own.</summary>
/// <param name="source">The weights.</param>
/// <param name="checkpoint">Their checkpoint.</param>
/// <param name="registry">The components that its recipe may name.</param>
public sealed class Repairer(WeightsSource source, Checkpoint checkpoint, ComponentRegistry registry)
{
    private readonly Recipe recipe =
        RecipeLoader.FromText<Recipe>(checkpoint.State.Recipe.ToJsonString(), source.Path, registry).Value;

    /// <summary>The recipe of the checkpoint's run.</summary>
    public Recipe Recipe => recipe;

    /// <summary>Repairs, and writes the new run.</summary>
    /// <param name="options">How.</param>
    /// <param name="data">The data of the run, on the device.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="folder">The folder of the new run: empty, or none yet.</param>
    /// <param name="begun">Takes a line before what takes long.</param>
    /// <exception cref="TrainerException">The method cannot be used, or the folder cannot be written.</exception>
    public RepairReport Run(
        RepairOptions options, DataSplits data, Device device, string folder, Action<string> begun)
    {
        using var float32 = PrecisionSwitches.Use(Precision.Float32);
        using var clean = CleanImages.Of(recipe, data, options.Share);
        using var network = new RepairedNetwork(recipe, source, data.Train, device);
        var method = options.Name;
        begun($"{method} with {Quantity.Of(clean.Count, "clean image")} of those that the run held out");
        var (held, before) = (network.Accuracy(clean.Held).Value, Measure(network, data, "before"));
        var decision = options.Repair.Run(network, clean);
        if (CollapsedWeights(network))
            throw new TrainerException(ErrorKind.Other, $"{method} left weights that are not finite numbers. Lower "
                + "--learning-rate.");
        var after = Measure(network, data, "after");
        var report = new RepairReport(
            source.Path, checkpoint.Identity, method, clean.Count, clean.Trained.Count, decision, held,
            network.Accuracy(clean.Held).Value, before.Test, after.Test, options.Procedure);
        Write(report, network, data, folder, [before, after]);
        return report;
    }

    /// <summary>Builds the network and chooses the images, as <see cref="Run"/> begins.</summary>
    /// <inheritdoc cref="Run"/>
    public void Try(RepairOptions options, DataSplits data, Device device)
    {
        using var clean = CleanImages.Of(recipe, data, options.Share);
        using var network = new RepairedNetwork(recipe, source, data.Train, device);
        NetworkBuilder.Try(recipe.Model, network.Classifier, data.Test);
    }

    private static bool CollapsedWeights(RepairedNetwork network)
    {
        using var scope = NewDisposeScope();
        return !network.Parameters.Values.isfinite().all().item<bool>();
    }

    private FinalMetrics Measure(RepairedNetwork network, DataSplits data, string name)
    {
        var line = new FinalEvaluator(network.Classifier, recipe.EvaluationPlan, data, network.Workers)
            .MeasureBackdoor(name)!.Line;
        return line with { AllTest = line.Test };
    }

    /// <summary>The recipe of weights that are averaged no more.</summary>
    private ResolvedRecipe<Recipe> RepairedRecipe(string method)
    {
        var json = checkpoint.State.Recipe.DeepClone().AsObject();
        json["name"] = $"{recipe.Name}-{method}";
        json["average"] = null;
        if (json["evaluate"] is JsonObject evaluate)
            evaluate["weights"] = null;
        return RecipeLoader.FromText<Recipe>(json.ToJsonString(), source.Path, registry);
    }

    /// <summary>
    /// Writes the run in a folder beside its own, which then gets its name: the run is there whole or not at all.
    /// </summary>
    private void Write(
        RepairReport report, RepairedNetwork network, DataSplits data, string path,
        IReadOnlyList<FinalMetrics> finals)
    {
        var repaired = RepairedRecipe(report.Method);
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var parent = Path.GetDirectoryName(full) ?? full;
        var unfinished = Path.Combine(parent, $".repair-{Path.GetFileName(full)}");
        try
        {
            // What an interruption left.
            if (Directory.Exists(unfinished))
                Directory.Delete(unfinished, recursive: true);
            var folder = RunFolder.In(unfinished);
            AtomicFile.Write(folder.Recipe, repaired.Text);
            report.Write(folder.Path);
            using (var metrics = MetricsFile.Open(folder.Metrics, 0))
                foreach (var line in finals)
                    if (metrics.Append(line) is { } failure)
                        ExceptionDispatchInfo.Throw(failure);
            var metadata = WeightsDescription.Metadata(
                CheckpointFiles.Model, CheckpointFiles.Model, network.Classifier, data.Train.Shape);
            var store = new CheckpointStore(folder.Path, new(), _ => { });
            store.Write(store.Prepare(new(
                [new(CheckpointFiles.Model, network.Tensors, metadata)],
                checkpoint.State with
                {
                    Next = NextAction.Done,
                    Recipe = JsonNode.Parse(repaired.Text)!.AsObject(),
                    RecipeHash = repaired.Hash,
                    MetricsLength = new FileInfo(folder.Metrics).Length,
                    Parts = [],
                    Score = null,
                    Best = null,
                })));
            if (Directory.Exists(full))
                Directory.Delete(full);
            Directory.Move(unfinished, full);
            DirectorySync.Sync(parent);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Other, $"'{path}' cannot be written: {exception.Message.TrimEnd('.')}. Make room, or name "
                + "another folder with --out.", exception);
        }
    }
}
