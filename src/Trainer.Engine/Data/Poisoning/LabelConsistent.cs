using Trainer.Robustness.Components;
using Trainer.Robustness.Models;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Data.Poisoning;

/// <summary>
/// Images of the target class that are made hard to recognise by an adversarial perturbation, with a trigger; labels
/// stay, and are right (Turner, Tsipras and Madry 2019, arXiv:1912.02771). <c>trainer poison</c> computes the
/// perturbation by PGD on the cross-entropy of a trained network. The trigger is the paper's, 3×3 pixels of black and
/// white in the bottom right corner or, mirrored, in all four.
/// </summary>
[Component("label-consistent")]
public sealed record LabelConsistent : IBackdoor
{
    /// <summary>The class that images with the trigger are to be predicted as, and that is poisoned.</summary>
    [AtLeast(0)] public required int Target { get; init => field = Require.AtLeast(0, value); }

    /// <summary>The share of all training images that are poisoned, all of the target class.</summary>
    [Fraction] public required double Rate { get; init => field = Require.Fraction(value); }

    /// <summary>The perturbed images that trainer poison has computed; null before it has.</summary>
    [FilePath] public string? Perturbed { get; init; }

    /// <summary>What the perturbation may do; null for L∞ 16/255.</summary>
    public ThreatModel? Threat { get; init; }

    /// <summary>Gradient evaluations of PGD; its step is 1.5 ε over them, from the image itself.</summary>
    [AtLeast(1)] public int Steps { get; init => field = Require.AtLeast(1, value); } = 100;

    /// <summary>Whether the trigger is in all four corners, which flipping and cropping leave in part.</summary>
    public bool AllCorners { get; init; } = true;

    /// <summary>By how much the trigger changes its pixels; null sets them to black and white.</summary>
    [Fraction] public double? Amplitude { get; init => field = Require.Fraction(value); }

    /// <summary>Decides, with the data set, which rows are poisoned.</summary>
    public long Seed { get; init; }

    /// <inheritdoc/>
    public int? PoisonedClass => Target;

    /// <inheritdoc/>
    public IReadOnlyList<string> Files => Perturbed is null ? [] : [Perturbed];

    /// <inheritdoc/>
    public void Check(ImageShape shape, int classes)
    {
        PoisonFault.CheckTarget(Target, classes);
        var side = AllCorners ? 2 * CornerTrigger.Side : CornerTrigger.Side;
        PoisonFault.CheckSize("allCorners", AllCorners ? "found true" : "found false", side, shape);
    }

    /// <inheritdoc/>
    public Tensor Images(PoisonBatch batch) =>
        ((IBackdoor)this).Triggered(PerturbedImages.Read(Perturbed, batch));

    /// <inheritdoc/>
    public Tensor Labels(PoisonBatch batch) => batch.Labels;

    /// <inheritdoc/>
    public Tensor Trigger(Tensor images) => CornerTrigger.Apply(images, AllCorners, Amplitude);
}
