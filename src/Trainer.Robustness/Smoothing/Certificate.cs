namespace Trainer.Robustness.Smoothing;

/// <summary>
/// What is known about the smoothed network round an image: with probability 1 − α or more, it predicts the class for
/// every image within the radius.
/// </summary>
/// <param name="Selected">The class of most votes among the n0 draws.</param>
/// <param name="Votes">Of the n draws.</param>
/// <param name="Radius">In L2, in image units; null where the certification abstains.</param>
public sealed record Certificate(int Selected, Votes Votes, double? Radius)
{
    /// <summary>The certified class; null where the certification abstains.</summary>
    public int? Class => Radius is null ? null : Selected;
}
