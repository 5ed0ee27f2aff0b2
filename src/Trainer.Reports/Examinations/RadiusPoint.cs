namespace Trainer.Reports.Examinations;

/// <summary>A point of accuracy against ε.</summary>
/// <param name="Epsilon">The radius, in image units.</param>
/// <param name="Correct">How many of the examples withstood the attack at it and at every smaller one.</param>
public sealed record RadiusPoint(double Epsilon, int Correct);
