namespace Trainer.Reports.Examinations;

/// <summary>Accuracy against the size of the perturbation.</summary>
/// <param name="Attack">The attack's name.</param>
/// <param name="Data">The data's fingerprint.</param>
/// <param name="Examples">How many of the first test images.</param>
/// <param name="Points">By growing radius; the first is the clean accuracy.</param>
public sealed record RadiusCurve(string Attack, string Data, int Examples, IReadOnlyList<RadiusPoint> Points);

/// <summary>A point of accuracy against ε.</summary>
/// <param name="Epsilon">The radius, in image units.</param>
/// <param name="Correct">How many of the examples withstood the attack at it and at every smaller one.</param>
public sealed record RadiusPoint(double Epsilon, int Correct);
