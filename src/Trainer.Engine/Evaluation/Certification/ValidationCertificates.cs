using System.Globalization;
using Trainer.Engine.Metrics;
using Trainer.Robustness.Components;
using Trainer.Robustness.Smoothing;

namespace Trainer.Engine.Evaluation.Certification;

/// <summary>How the smoothed network is certified after each epoch that is evaluated, on held-out images.</summary>
public sealed record ValidationCertificates : SmoothingOptions
{
    /// <summary>With few draws: the radii are small, and compare between epochs.</summary>
    public ValidationCertificates() => N = 1000;

    /// <summary>Held-out images: a subset fixed by the seed, the same every time.</summary>
    [AtLeast(1)] public int Examples { get; init => field = Require.AtLeast(1, value); } = 100;

    /// <summary>The metrics of a result.</summary>
    internal static CertifiedMetrics Metrics(CertificationResult result) => new(
        result.Examples.Count, result.Options.Sigma, result.AverageRadius, result.Radii.ToDictionary(
            radius => radius.ToString("F2", CultureInfo.InvariantCulture), radius => result.Certified(radius).Value));
}
