namespace Trainer.Robustness.Metrics;

/// <summary>
/// The exact test of McNemar (1947) of two classifiers on the same examples. Only examples on which they differ show
/// which is better: were they equally good, each would be right on such an example as often as the other.
/// </summary>
/// <param name="FirstOnly">Examples that the first classifier alone gets right.</param>
/// <param name="SecondOnly">Examples that the second alone gets right.</param>
public readonly record struct McNemar(int FirstOnly, int SecondOnly)
{
    /// <summary>Counts the examples on which two classifiers differ.</summary>
    /// <param name="first">For each example, whether the first classifier is right.</param>
    /// <param name="second">The same of the second, in the same order.</param>
    /// <exception cref="ArgumentException">They are not equally many.</exception>
    public static McNemar Of(IReadOnlyList<bool> first, IReadOnlyList<bool> second)
    {
        if (first.Count != second.Count)
            throw new ArgumentException(
                $"Found {first.Count} and {second.Count} examples, expected the same ones.", nameof(second));
        var pairs = first.Zip(second).ToList();
        return new(pairs.Count(pair => pair is (true, false)), pairs.Count(pair => pair is (false, true)));
    }

    /// <summary>
    /// The two-sided p-value: how probable counts at least as uneven are if the classifiers are equally good, by the
    /// binomial distribution with one half; 1 where they differ on no example.
    /// </summary>
    public double PValue => Binomial.TwoSidedEqual(FirstOnly, SecondOnly);
}
