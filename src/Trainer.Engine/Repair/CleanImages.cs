using System.Globalization;
using Trainer.Engine.Data;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Repair;

/// <summary>
/// The clean images that a defender has: some of those that the run held out. A fifth of them is not trained on; it
/// decides how far to prune.
/// </summary>
internal sealed class CleanImages : IDisposable
{
    private const int TrainedOf = 4;
    private const int Parts = 5;
    private readonly Recipe recipe;

    private CleanImages(Recipe recipe, ImageData held, long[] rows)
    {
        this.recipe = recipe;
        using var scope = NewDisposeScope();
        var trained = rows.Length * TrainedOf / Parts;
        Trained = held.Select(tensor(rows[..trained], device: held.Device)).Keep();
        Held = held.Select(tensor(rows[trained..], device: held.Device)).Keep();
    }

    /// <summary>The images that are trained on.</summary>
    public ImageData Trained { get; }

    /// <summary>The images that decide.</summary>
    public ImageData Held { get; }

    /// <summary>How many there are.</summary>
    public long Count => Trained.Count + Held.Count;

    /// <summary>Chooses them, the same for every method.</summary>
    /// <param name="recipe">Of the run, with its seed.</param>
    /// <param name="data">The run's data.</param>
    /// <param name="share">How many, as a share of all training images, those held out included.</param>
    /// <exception cref="TrainerException">The run holds out fewer.</exception>
    public static CleanImages Of(Recipe recipe, DataSplits data, double share)
    {
        var (all, held) = (data.Train.Count + data.Validation.Count, data.Validation.Count);
        var count = (long)Math.Round(share * all);
        if (held == 0)
            throw new TrainerException(ErrorKind.Recipe, "data.validation: the run held out no images, and a repair "
                + $"needs clean ones that it was not trained on. Train with \"validation\": {Math.Max(Parts, count)} "
                + "or so in data.");
        if (count < Parts || count > held)
            throw new TrainerException(
                ErrorKind.Recipe, string.Create(CultureInfo.InvariantCulture, $"--share: found {share}, or {count} of "
                + $"{all} images, expected from {Parts} to the {held} that the run held out. ")
                + string.Create(CultureInfo.InvariantCulture, $"Name a share from {(double)Parts / all:G3} to "
                + $"{Math.Floor(1e4 * held / all) / 1e4}, or train with more in data.validation."));
        var order = Permutation.Of(RandomKey.Of(recipe.Seed).With("repair").With("rows"), held);
        return new(recipe, data.Validation, order[..(int)count]);
    }

    /// <summary>A batch of images to train on, augmented as the recipe says.</summary>
    /// <param name="rows">Int64 [B].</param>
    /// <param name="random">Of the batch.</param>
    public (Tensor Images, Robustness.Objectives.Targets Targets) Batch(Tensor rows, RandomSource random)
    {
        var (images, labels) = Trained.Batch(rows);
        return new BatchMaker(recipe, Trained).Make(new(images, labels), random);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Trained.Dispose();
        Held.Dispose();
    }
}
