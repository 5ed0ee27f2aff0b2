using Trainer.Robustness.Components;

namespace Trainer.Engine.Evaluation.Detection;

/// <summary>How a run's training images are inspected.</summary>
public sealed record InspectionOptions
{
    /// <summary>The methods; null for every one that can be used.</summary>
    public IReadOnlyList<DetectionMethod>? Methods { get; init; }

    /// <summary>Of spectral signatures: the largest share of a class that is expected to be poisoned.</summary>
    [Fraction] public double Rate { get; init => field = Require.Fraction(value); } = 0.1;

    /// <summary>Of STRIP: how many images are added to each.</summary>
    [AtLeast(1)] public int Overlays { get; init => field = Require.AtLeast(1, value); } = 100;

    /// <summary>Of STRIP: the share of clean held-out images that may be taken for poisoned.</summary>
    [Fraction] public double FalsePositives { get; init => field = Require.Fraction(value); } = 0.05;

    internal IEnumerable<IDetector> Detectors =>
        (Methods ?? Enum.GetValues<DetectionMethod>()).Distinct().Select(method => method switch
    {
        DetectionMethod.Spectral => (IDetector)new SpectralSignatures(Rate),
        DetectionMethod.Clustering => new ActivationClustering(),
        DetectionMethod.Strip => new Strip(Overlays, FalsePositives),
        _ => throw new ArgumentOutOfRangeException(nameof(Methods), method, "Not a method of detection."),
    });
}
