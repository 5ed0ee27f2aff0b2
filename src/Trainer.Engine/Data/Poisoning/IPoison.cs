using Trainer.Recipes;
using Trainer.Robustness.Components;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Data.Poisoning;

/// <summary>
/// What an attacker does to a part of the training images before training. Held-out and test images stay clean.
/// </summary>
[ComponentKind("poisons")]
public interface IPoison
{
    /// <summary>The share of all training images that are poisoned, those held out not counted.</summary>
    double Rate { get; }

    /// <summary>Decides, with the data set, which rows are poisoned, and every random draw of the attack.</summary>
    long Seed { get; }

    /// <summary>The one class whose images are poisoned; null for images of any class.</summary>
    int? PoisonedClass => null;

    /// <summary>
    /// How many more rows than the poisoned ones, as a multiple of their number, get <see cref="NoiseImages"/> and keep
    /// their label.
    /// </summary>
    double NoiseRatio => 0;

    /// <summary>The files whose content changes the poisoned images.</summary>
    IReadOnlyList<string> Files => [];

    /// <summary>Checks the options against the data set.</summary>
    /// <param name="shape">Of an image.</param>
    /// <param name="classes">The number of classes.</param>
    /// <exception cref="TrainerException">They do not fit.</exception>
    void Check(ImageShape shape, int classes);

    /// <summary>The poisoned images.</summary>
    /// <param name="batch">Images and labels as they were.</param>
    /// <returns>UInt8 [N, C, H, W] on the CPU.</returns>
    Tensor Images(PoisonBatch batch);

    /// <summary>The labels of the poisoned images.</summary>
    /// <param name="batch">Images and labels as they were.</param>
    /// <returns>Int64 [N] on the CPU.</returns>
    Tensor Labels(PoisonBatch batch);

    /// <summary>The images of the noise rows.</summary>
    /// <param name="batch">Images and labels as they were.</param>
    /// <returns>UInt8 [N, C, H, W] on the CPU.</returns>
    Tensor NoiseImages(PoisonBatch batch) => batch.Images;
}
