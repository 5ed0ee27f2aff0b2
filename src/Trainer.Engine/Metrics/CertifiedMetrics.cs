namespace Trainer.Engine.Metrics;

/// <summary>How far a smoothed network is certified on some examples.</summary>
/// <param name="Examples">How many.</param>
/// <param name="Sigma">The standard deviation of the noise, in image units.</param>
/// <param name="AverageRadius">The mean certified L2 radius, 0 of an example that is wrong or abstained on.</param>
/// <param name="Accuracy">Certified accuracy by radius, written with two places; 0 to 1.</param>
public sealed record CertifiedMetrics(
    int Examples, double Sigma, double AverageRadius, IReadOnlyDictionary<string, double> Accuracy);
