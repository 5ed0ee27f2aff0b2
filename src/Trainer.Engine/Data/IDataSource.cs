using Trainer.Engine.Data.Augmentation;
using Trainer.Engine.Data.Poisoning;
using Trainer.Recipes;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Data;

/// <summary>A description of a data set that recipes can name.</summary>
[ComponentKind("datasets")]
public interface IDataSource
{
    /// <summary>Random changes to the training images, in their order.</summary>
    IReadOnlyList<IAugmentation> Augment => [];

    /// <summary>
    /// What an attacker does to a part of the training images; null for nothing. <see cref="DataSplits.Of"/> applies
    /// it, like <see cref="Exclude"/> and <see cref="Subset"/>; no run trains on images to which it was not applied.
    /// </summary>
    IPoison? Poison => null;

    /// <summary>A file with the rows on which no run is trained; null for none.</summary>
    string? Exclude => null;

    /// <summary>A random part of the training rows, on which alone the run is trained; null for all.</summary>
    TrainingSubset? Subset => null;

    /// <summary>Reads the data set.</summary>
    /// <param name="roots">
    /// Folders of data sets from the machine's settings, looked through before the usual places.
    /// </param>
    /// <exception cref="TrainerException">
    /// Of kind <see cref="ErrorKind.Data"/>: files are missing or damaged.
    /// </exception>
    DataSplits Load(IReadOnlyList<string> roots);

    /// <summary>
    /// Reads the test images for an evaluation. A data set that can reads no other file, and has no training and
    /// held-out images then.
    /// </summary>
    /// <inheritdoc cref="Load"/>
    DataSplits LoadTest(IReadOnlyList<string> roots) => Load(roots);
}
