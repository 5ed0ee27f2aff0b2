using System.Globalization;
using Trainer.Recipes;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Data.Poisoning;

/// <summary>
/// Chooses the rows to poison: the first ones of a permutation that depends on the data set and the poison's seed
/// alone, without those held out. So a smaller rate poisons a part of what a larger one does, and every attack the same
/// rows, but for one that is limited to a class.
/// </summary>
/// <param name="Rows">The rows to poison, in the order of the permutation.</param>
/// <param name="Noise">The rows that get noise.</param>
internal sealed record PoisonChoice(IReadOnlyList<long> Rows, IReadOnlyList<long> Noise)
{
    /// <summary>Chooses.</summary>
    /// <param name="poison">Rate, seed, class and noise ratio.</param>
    /// <param name="dataSet">The data set's name.</param>
    /// <param name="count">How many training rows there are, those held out included.</param>
    /// <param name="trained">The rows that are not held out, each with its label.</param>
    /// <exception cref="TrainerException">There are too few rows, or the rate is none.</exception>
    public static PoisonChoice Of(
        IPoison poison, string dataSet, long count, IReadOnlyList<(long Row, long Label)> trained)
    {
        var wanted = (int)Math.Round(poison.Rate * trained.Count);
        var noise = (int)Math.Round(poison.NoiseRatio * wanted);
        if (wanted == 0)
            throw PoisonFault.Of("rate", $"found {Text(poison.Rate)}, less than half of one of the "
                + $"{Quantity.Of(trained.Count, "training image")}, expected a rate that poisons at least one");
        var eligible = trained.Where(item => poison.PoisonedClass is not { } only || item.Label == only)
            .Select(item => item.Row).ToHashSet();
        if (wanted + noise > eligible.Count)
            throw PoisonFault.Of("rate", $"found {Text(poison.Rate)}, {wanted} of the {trained.Count} training images"
                + $"{(noise == 0 ? "" : $" and {noise} noise rows")}, but "
                + $"{(poison.PoisonedClass is { } named ? $"class {named} has" : "there are")} {eligible.Count}; "
                + $"expected at most {Text(eligible.Count / (1 + poison.NoiseRatio) / trained.Count)}");
        var order = Permutation.Of(RandomKey.Of(poison.Seed).With("poison").With(dataSet), count)
            .Where(eligible.Contains).Take(wanted + noise).ToList();
        return new(order[..wanted], order[wanted..]);
    }

    private static string Text(double rate) => rate.ToString("G4", CultureInfo.InvariantCulture);
}
