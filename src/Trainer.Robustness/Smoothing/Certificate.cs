namespace Trainer.Robustness.Smoothing;

/// <summary>
/// What is known about the smoothed network round an image: with probability 1 − α or more, it predicts the class for
/// every image within the radius. It holds in exact arithmetic: as in the literature, the rounding of noise and network
/// is ignored, of which certificates can be made wrong (Jin et al. 2022, arXiv:2205.10159).
/// </summary>
/// <param name="Selected">The class of most votes among the n0 draws.</param>
/// <param name="Votes">Of the n draws.</param>
/// <param name="Radius">In L2, in image units; null where the certification abstains.</param>
public sealed record Certificate(int Selected, Votes Votes, double? Radius)
{
    /// <summary>The certified class; null where the certification abstains.</summary>
    public int? Class => Radius is null ? null : Selected;
}
