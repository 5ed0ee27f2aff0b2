using Trainer.Robustness.Metrics;

namespace Trainer.Engine.Training.Collapse;

/// <summary>
/// Whether an accuracy is too low for a sound network: it is at or below a limit, and an exact one-sided binomial test
/// rejects the lowest accuracy of a sound network, so that the images are enough for the verdict.
/// </summary>
/// <param name="Images">How many images were measured.</param>
/// <param name="Limit">The largest number of correct images that may be too low, whatever the test finds.</param>
/// <param name="Sound">The lowest accuracy of a sound network, from 0 to 1.</param>
/// <param name="Source">What that accuracy is, for messages: "a quarter of …".</param>
internal readonly record struct AccuracyTest(long Images, long Limit, double Sound, string Source)
{
    /// <summary>
    /// The level of the test: the probability that one measurement of a sound network is found too low.
    /// </summary>
    public const double Level = 0.001;

    // What a product of shares may be off by rounding.
    private const double Tiny = 1e-9;

    /// <summary>
    /// The largest number of correct images that is too low; −1 where there are too few images for any verdict.
    /// </summary>
    public long Threshold => Math.Min(Limit, new Binomial(Images, Sound).LargestRejected(Level));

    /// <summary>Whether an accuracy on these images is too low.</summary>
    public bool Rejects(double accuracy) => Math.Round(accuracy * Images) <= Threshold;

    /// <summary>The test, as a sentence.</summary>
    public override string ToString() =>
        FormattableString.Invariant(
        $"The guard's threshold is {Threshold:N0} of {Images:N0} images correct, at or below ")
        + FormattableString.Invariant($"which an exact binomial test at level {100 * Level} % rejects an accuracy of ")
        + FormattableString.Invariant($"{100 * Sound:F1} % ({Source}).");

    /// <summary>The most images that are no larger a share than this.</summary>
    public static long UpTo(double share, long images) => (long)Math.Floor(share * images + Tiny);

    /// <summary>The most images that are a smaller share than this.</summary>
    public static long Below(double share, long images) => (long)Math.Ceiling(share * images - Tiny) - 1;
}
