namespace Trainer.Reports.Examinations;

/// <summary>What an evaluation at the full radius did to single examples.</summary>
/// <param name="Attack">The attacks' name.</param>
/// <param name="Examples">How many of the first test images.</param>
/// <param name="Before">The clean images.</param>
/// <param name="After">
/// The attacked images; those that were mistaken when clean were not attacked, and stay as they were.
/// </param>
/// <param name="Magnification">By how much the perturbations of the pictures are enlarged.</param>
/// <param name="Pictures">The first broken example of each class, as far as there is one.</param>
public sealed record AttackedExamples(
    string Attack, int Examples, Confusion Before, Confusion After, double Magnification,
    IReadOnlyList<ExamplePicture> Pictures);
