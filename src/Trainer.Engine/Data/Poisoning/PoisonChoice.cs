using System.Globalization;
using Trainer.Recipes;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Data.Poisoning;

/// <summary>
/// Chooses the rows to poison: the first ones of a permutation that depends on the data set and the poison's seed alone,
/// without those held out. So a smaller rate poisons a part of what a larger one does, and every attack the same rows,
/// but for one that is limited to a class.
/// </summary>
/// <param name="Rows">The rows to poison, in the order of the permutation.</param>
/// <param name="Noise">The rows that get noise.</param>
internal sealed record PoisonChoice(IReadOnlyList<long> Rows, IReadOnlyList<long> Noise)
{
    /// <summary>Chooses.</summary>
    /// <param name="poison">Rate, seed, class and noise ratio.</param>
    /// <param name="dataSet">The data set's name.</param>
    /// <param name="labels">Of all training rows, those held out included.</param>
    /// <param name="trained">The rows that are not held out.</param>
    /// <exception cref="TrainerException">There are too few rows, or the rate is none.</exception>
    public static PoisonChoice Of(
        IPoison poison, string dataSet, ReadOnlySpan<long> labels, IReadOnlyCollection<long> trained)
    {
        var count = (int)Math.Round(poison.Rate * trained.Count);
        var noise = (int)Math.Round(poison.NoiseRatio * count);
        if (count == 0)
            throw PoisonFault.Of("rate", $"found {Text(poison.Rate)}, less than half of one of the "
                + $"{Quantity.Of(trained.Count, "training image")}, expected a rate that poisons at least one");
        var eligible = trained.ToHashSet();
        if (poison.PoisonedClass is { } only)
            foreach (var row in trained)
                if (labels[(int)row] != only)
                    eligible.Remove(row);
        if (count + noise > eligible.Count)
            throw PoisonFault.Of("rate", $"found {Text(poison.Rate)}, {count} of the {trained.Count} training images"
                + $"{(noise == 0 ? "" : $" and {noise} noise rows")}, but "
                + $"{(poison.PoisonedClass is { } named ? $"class {named} has" : "there are")} {eligible.Count}; "
                + $"expected at most {Text(eligible.Count / (1 + poison.NoiseRatio) / trained.Count)}");
        var order = Permutation.Of(RandomKey.Of(poison.Seed).With("poison").With(dataSet), labels.Length)
            .Where(eligible.Contains).Take(count + noise).ToList();
        return new(order[..count], order[count..]);
    }

    private static string Text(double rate) => rate.ToString("G4", CultureInfo.InvariantCulture);
}
