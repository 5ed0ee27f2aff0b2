using Trainer.Engine.Data;
using Trainer.Engine.Data.Augmentation;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Training;

/// <summary>Makes the batches of a run: images augmented, and labels smoothed, as the recipe describes.</summary>
/// <param name="recipe">Augmentations and smoothing.</param>
/// <param name="images">What training sees.</param>
internal sealed class BatchMaker(Recipe recipe, ImageData images)
{
    /// <summary>One batch.</summary>
    /// <param name="labelled">
    /// Its images. Under mixing augmentations a row is smoothed by the part of its own image.
    /// </param>
    /// <param name="random">Of the batch, the same for each replay of it.</param>
    /// <returns>Float32 [N, C, H, W] in [0, 1], and what the rows are to be classified as.</returns>
    public (Tensor Images, Targets Targets) Make(LabelledImages labelled, RandomSource random)
    {
        var batch = Augmented(labelled.Images, labelled, random);
        return (batch.Images, Smoothed(batch, labelled.Smoothing));
    }

    /// <summary>Where the rows and pixels of a batch that is made come from.</summary>
    /// <param name="labelled">Its images, of the training images alone; no augmentation may compute pixels.</param>
    /// <param name="random">As for <see cref="Make"/>.</param>
    public ImageOrigin Origin(LabelledImages labelled, RandomSource random)
    {
        using var scope = NewDisposeScope();
        var shape = labelled.Images.shape;
        // Images of their own pixels' places: float32 holds them exactly.
        var places = arange(1, 1 + (shape[2] * shape[3]), ScalarType.Float32, labelled.Images.device)
            .reshape(1, 1, shape[2], shape[3]).expand(shape[0], 1, -1, -1);
        var moved = Augmented(places, labelled, random).Images.flatten(1).to(ScalarType.Int64);
        return new(labelled.Rows!, moved.MoveToOuterDisposeScope());
    }

    private AugmentedBatch Augmented(Tensor pixels, LabelledImages labelled, RandomSource random)
    {
        var batch = new AugmentedBatch(pixels, labelled.Labels, images.Classes);
        foreach (var (index, augmentation) in recipe.Data.Augment.Index())
            batch = augmentation.Apply(batch, random.With(index));
        return batch;
    }

    private Targets Smoothed(AugmentedBatch batch, Tensor? parts)
    {
        var smoothing = recipe.Train.LabelSmoothing;
        if (smoothing == 0 && parts is null)
            return new(batch.Labels, batch.Shares, batch.Shares);
        var smoothed = parts is null
            ? batch.AllShares * (1 - smoothing) + smoothing / batch.Classes
            : batch.AllShares * (1 - parts.unsqueeze(1)) + parts.unsqueeze(1) / batch.Classes;
        return new(batch.Labels, smoothed, recipe.Train.AttackSmoothedLabels ? smoothed : batch.Shares);
    }
}
