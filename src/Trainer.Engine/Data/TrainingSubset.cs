using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Trainer.Recipes;
using Trainer.Robustness.Components;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Data;

/// <summary>
/// A random part of the training rows, such as the halves on which an audit's shadow models are trained. It depends on
/// the data set, the rows that are not held out, the seed and the fraction only: excluded rows leave it afterwards.
/// </summary>
public sealed record TrainingSubset
{
    /// <summary>Decides which rows.</summary>
    public long Seed { get; init; }

    /// <summary>The share of the rows that are not held out, those of data.exclude among them.</summary>
    [Fraction] public double Fraction { get; init => field = Require.Fraction(value); } = 0.5;

    /// <summary>Trains on the rows that are left out otherwise.</summary>
    public bool Complement { get; init; }

    /// <summary>Chooses the rows.</summary>
    /// <param name="dataSet">The data set's name.</param>
    /// <param name="rows">The rows to choose from, those that are excluded among them, ascending.</param>
    /// <param name="excluded">The rows that are left out of those that were chosen.</param>
    /// <returns>The rows to train on, ascending, and a hash of them.</returns>
    /// <exception cref="TrainerException">There would be none.</exception>
    internal (long[] Rows, string? Hash) Choose(string dataSet, long[] rows, IEnumerable<long> excluded)
    {
        var taken = (int)Math.Round(Fraction * rows.Length);
        var order = Permutation.Of(RandomKey.Of(Seed).With("subset").With(dataSet), rows.Length);
        var chosen = (Complement ? order[taken..] : order[..taken]).Select(place => rows[place]).ToHashSet();
        if (chosen.Count == 0)
            throw new TrainerException(ErrorKind.Recipe, "data.subset.fraction: found "
                + Fraction.ToString("G4", CultureInfo.InvariantCulture) + (Complement ? " and its complement" : "")
                + $", which leaves none of {Quantity.Of(rows.Length, "training image")}, expected a share of at least "
                + "one.");
        long[] left = [.. chosen.Except(excluded).Order()];
        return left.Length > 0
            ? (left, Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(left.AsSpan()))))
            : throw new TrainerException(ErrorKind.Recipe, "data.exclude: found all "
                + $"{Quantity.Of(chosen.Count, "training image")} of data.subset, expected some to be left. Name fewer "
                + "rows, or another subset.");
    }
}
