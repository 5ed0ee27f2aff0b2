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

/// <summary>An image before and after the attack that broke it.</summary>
/// <param name="Index">Its data-set index.</param>
/// <param name="Label">Its true class, as which the clean image is recognised.</param>
/// <param name="TakenFor">What the attacked image is taken for.</param>
/// <param name="BrokenBy">The attack.</param>
/// <param name="Linf">The largest change of a value, in image units.</param>
/// <param name="L2">The Euclidean length of the change.</param>
/// <param name="Clean">A PNG in base64.</param>
/// <param name="Adversarial">A PNG in base64.</param>
/// <param name="Perturbation">A PNG in base64: their difference, enlarged, around grey.</param>
public sealed record ExamplePicture(
    long Index, int Label, int TakenFor, string BrokenBy, double Linf, double L2, string Clean, string Adversarial,
    string Perturbation);
