using Trainer.Robustness.Components;

namespace Trainer.Robustness.Smoothing;

/// <summary>How a smoothed network is certified (Cohen et al. 2019, arXiv:1902.02918).</summary>
public record SmoothingOptions
{
    /// <summary>σ: the standard deviation of the noise, in image units.</summary>
    [Positive] public required double Sigma { get; init => field = Require.Positive(value); }

    /// <summary>n0: the draws that select an image's class. They never count towards n.</summary>
    [AtLeast(1)] public int N0 { get; init => field = Require.AtLeast(1, value); } = 100;

    /// <summary>n: the draws that the class's probability is estimated from.</summary>
    [AtLeast(1)] public int N { get; init => field = Require.AtLeast(1, value); } = 100_000;

    /// <summary>α: the probability with which the certificate of an image may be wrong.</summary>
    [Between(1e-9, 0.5)] public double Alpha { get; init => field = Require.Between(1e-9, 0.5, value); } = 0.001;
}
