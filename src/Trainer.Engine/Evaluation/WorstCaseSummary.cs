using Trainer.Robustness.Metrics;

namespace Trainer.Engine.Evaluation;

/// <summary>The worst case over every recorded evaluation of some weights, for other programs.</summary>
/// <param name="Threats">The threat model; several where an image must be robust under each.</param>
/// <param name="Common">Over the images that every evaluation looked at.</param>
/// <param name="Evaluations">Each evaluation; none where there are several threat models.</param>
/// <param name="Images">Each misclassified image; none where there are several threat models.</param>
public sealed record WorstCaseSummary(
    IReadOnlyList<ThreatFields> Threats, WorstCaseSummary.Share Common,
    IReadOnlyList<WorstCaseSummary.Evaluation> Evaluations, IReadOnlyList<WorstCaseSummary.Image> Images)
{
    /// <summary>One evaluation.</summary>
    /// <param name="Attack">What tables call the attacks: the name, with unusual numbers of targets.</param>
    /// <param name="Robust">What it found itself.</param>
    /// <param name="WorstCase">The worst case over the same images.</param>
    /// <param name="FoundAlone">
    /// How many images its attacks alone made misclassified, of those that the network has right without an attack and
    /// that another evaluation attacked with the same radius, too.
    /// </param>
    public sealed record Evaluation(string Attack, Share Robust, Share WorstCase, int FoundAlone);

    /// <summary>A misclassified image, of those that a finished evaluation under the threat model looked at.</summary>
    /// <param name="Index">Its data-set index.</param>
    /// <param name="BrokenBy">
    /// The evaluations that misclassified it, with the part of a sequence or ensemble that did: "autoattack: apgd-t".
    /// "clean" where it is misclassified without an attack.
    /// </param>
    public sealed record Image(long Index, IReadOnlyList<string> BrokenBy);

    /// <summary>A share of some images.</summary>
    /// <param name="Examples">How many.</param>
    /// <param name="Value">The share; null of no image.</param>
    /// <param name="Interval95">Wilson's, lower and upper end; null of no image.</param>
    public sealed record Share(long Examples, double? Value, IReadOnlyList<double>? Interval95)
    {
        /// <summary>Of an accuracy.</summary>
        public static Share Of(Accuracy accuracy) => accuracy.Examples == 0 ? new(0, null, null)
            : new(accuracy.Examples, accuracy.Value, [accuracy.Interval.Low, accuracy.Interval.High]);
    }
}
