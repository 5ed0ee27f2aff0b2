using Trainer.Robustness.Components;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Data.Poisoning;

/// <summary>
/// Error-minimising noise on every training image, so that a network that is trained on them learns the noise and not
/// the images (unlearnable examples, Huang et al. 2021, arXiv:2101.04898). <c>trainer poison</c> computes it by turns
/// of training the recipe's network on the noisy images and minimising the loss over the noise. There is no trigger.
/// Noise of a class is computed from all training images; the authors' command for it (HanxunH/Unlearnable-Examples)
/// draws a fifth of them.
/// </summary>
[Component("unlearnable")]
public sealed record Unlearnable : IPoison
{
    /// <summary>The images with noise that trainer poison has computed; null before it has.</summary>
    [FilePath] public string? Perturbed { get; init; }

    /// <summary>The largest change of a value, in image units.</summary>
    [Between(0, 1)] public double Epsilon { get; init => field = Require.Between(0, 1, value); } = 8 / 255.0;

    /// <summary>Whether all images of a class share one noise; otherwise each image has its own.</summary>
    public bool ClassWise { get; init; }

    /// <summary>
    /// Steps of the noise in each round: gradient signs of the loss, descended. Null for 20, with
    /// <see cref="ClassWise"/> for 1, as in the authors' code.
    /// </summary>
    [AtLeast(1)] public int? Steps { get; init => field = Require.AtLeast(1, value); }

    /// <summary>The length of a step of the noise, in image units.</summary>
    [Positive] public double StepSize { get; init => field = Require.Positive(value); } = 0.8 / 255;

    /// <summary>Training steps of the network in each round.</summary>
    [AtLeast(1)] public int TrainSteps { get; init => field = Require.AtLeast(1, value); } = 10;

    /// <summary>
    /// The rounds end once the network misclassifies at most this share of the noisy images. Null for 0.01, with
    /// <see cref="ClassWise"/> for 0.1, as in the authors' code.
    /// </summary>
    [Between(0, 1)] public double? StopError { get; init => field = Require.Between(0, 1, value); }

    /// <summary>The most rounds.</summary>
    [AtLeast(1)] public int Rounds { get; init => field = Require.AtLeast(1, value); } = 50;

    /// <summary>
    /// Decides the initial weights of the network that the noise is computed with, and every random draw of that: none
    /// are those of a run of this seed, which an attacker does not know.
    /// </summary>
    public long Seed { get; init; }

    /// <summary>The seed of that network's recipe.</summary>
    public long NetworkSeed => RandomKey.Of(Seed).With("unlearnable").Seed;

    internal int UsedSteps => Steps ?? (ClassWise ? 1 : 20);

    internal double UsedStopError => StopError ?? (ClassWise ? 0.1 : 0.01);

    /// <inheritdoc/>
    double IPoison.Rate => 1;

    /// <inheritdoc/>
    public IReadOnlyList<string> Files => Perturbed is null ? [] : [Perturbed];

    /// <inheritdoc/>
    public void Check(ImageShape shape, int classes)
    {
    }

    /// <inheritdoc/>
    public Tensor Images(PoisonBatch batch) => PerturbedImages.Read(Perturbed, batch);

    /// <inheritdoc/>
    public Tensor Labels(PoisonBatch batch) => batch.Labels;
}
