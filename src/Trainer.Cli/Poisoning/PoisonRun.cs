using System.Globalization;
using Trainer.Cli.Training;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Data.Poisoning;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Storage;
using Trainer.Engine.Training;
using Trainer.Engine.Training.Perturbations;
using Trainer.Engine.Weights;
using Trainer.Recipes;

namespace Trainer.Cli.Poisoning;

/// <summary>Writes the poisoned images of a recipe into a folder.</summary>
/// <param name="folder">The folder.</param>
/// <param name="dataRoots">Folders of data sets.</param>
internal sealed class PoisonRun(string folder, IReadOnlyList<string> dataRoots)
{
    /// <summary>The change of a recipe that leaves its data clean.</summary>
    public const string WithoutPoison = "data.poison=null";

    private readonly PoisonFolder files = new(folder);

    /// <summary>The recipe.</summary>
    public required Recipe Poisoned { get; init; }

    /// <summary>Reads the recipe with changes.</summary>
    public required Func<string[], Recipe> Load { get; init; }

    /// <summary>The weights that images are perturbed against; null for none.</summary>
    public string? Weights { get; init; }

    /// <summary>How many single images to write.</summary>
    public int Images { get; init; }

    /// <summary>Whether the whole data set is written, too.</summary>
    public bool WritesData { get; init; }

    /// <summary>How many CPU threads; null for the usual number.</summary>
    public int? Threads { get; init; }

    /// <summary>Computes what is missing, and writes everything.</summary>
    /// <exception cref="TrainerException">Folder, data, weights or options are at fault.</exception>
    public void Run()
    {
        Destination.CheckEmptyFolder("--out", folder);
        RunDestination.CheckFree("--out", folder);
        foreach (var (option, value) in new (string, object?)[]
            { ("exclude", Poisoned.Data.Exclude), ("subset", Poisoned.Data.Subset) })
            if (value is not null)
                throw new TrainerException(ErrorKind.Recipe, $"data.{option}: found one, but poisoned images are "
                    + $"chosen among all training images. Leave it out with --set data.{option}=null.");
        Engine.Devices.Threads.Use(Engine.Devices.Threads.Choose(Threads));
        var recipe = Poisoned;
        using var clean = Load([WithoutPoison]).Data.Load(dataRoots);
        if (recipe.Data.Poison is LabelConsistent { Perturbed: null } consistent)
            recipe = Perturb(clean, () => Compute(consistent));
        else if (recipe.Data.Poison is Unlearnable { Perturbed: null } unlearnable)
            recipe = Perturb(clean, () => Compute(unlearnable));
        else if (Weights is not null)
            throw new TrainerException(ErrorKind.Recipe, "--weights is for label-consistent without "
                + "data.poison.perturbed: no other attack needs a network. Leave it out.");
        using var poisoned = DataSplits.Load(recipe.Data, dataRoots);
        var written = files.Write(clean, poisoned, Images);
        if (WritesData || recipe != Poisoned)
            files.WriteData(poisoned);
        var rows = poisoned.Poisoned!.Rows;
        var noise = rows.Count(row => row.IsNoise);
        Console.Out.WriteLine($"{folder}: {Quantity.Of(rows.Count - noise, "poisoned row")} of {poisoned.Train.Count}, "
            + $"{(noise == 0 ? "" : $"{noise} noise rows, ")}{Quantity.Of(written, "image")} as PNG");
        if (recipe != Poisoned)
            Console.Out.WriteLine($"Train on them with --set data.poison.perturbed={files.Perturbed}, or with the "
                + $"data set of {Path.Combine(folder, "data.json")}");
    }

    private Recipe Perturb(DataSplits clean, Action compute)
    {
        if (clean.Train.IsStreamed)
            throw new TrainerException(ErrorKind.Recipe, "data.poison: the training images are streamed, expected "
                + "images in memory. Raise data.stream.memoryGB.");
        compute();
        return Load([$"data.poison.perturbed={files.Perturbed}"]);
    }

    private void Compute(LabelConsistent poison)
    {
        if (Weights is null)
            throw new TrainerException(ErrorKind.Recipe, "--weights is missing: label-consistent perturbs images "
                + "against a trained network. Name a run or a file of weights of the recipe's network.");
        var source = WeightsSource.Find(Weights, damaged => Console.Error.WriteLine($"warning: {damaged}"));
        var device = DeviceChoice.Resolve(Poisoned.Device);
        using var data = Load([WithoutPoison]).Data.Load(dataRoots).To(device);
        var plan = Poisoned.EvaluationPlan;
        using var saved = new SavedClassifier(
            source, plan with { Evaluate = plan.Evaluate with { Weights = null } }, data, device, Note);
        var accuracy = new ConsistentImages(poison, saved).Write(
            data, files.Perturbed, (done, all) => Note($"perturbed {done} of {all} images"));
        Note($"the network classifies {FinalTable.Percent(accuracy)} % of the perturbed images correctly");
    }

    private void Compute(Unlearnable poison)
    {
        var recipe = Load([WithoutPoison, "data.augment=[]",
            string.Create(CultureInfo.InvariantCulture, $"seed={poison.NetworkSeed}")]);
        var device = DeviceChoice.Resolve(recipe.Device);
        using var run = new TrainingRun(recipe, recipe.Data.Load(dataRoots), device);
        run.UseThreads(Engine.Devices.Threads.Choose(Threads));
        new ErrorMinimisingNoise(poison, run).Write(
            files.Perturbed, (round, error) => Note(
                $"round {round}: misclassifies {FinalTable.Percent(error)} % of the noisy images"));
    }

    private static void Note(string text) => Console.Error.WriteLine($"note: {text}");
}
