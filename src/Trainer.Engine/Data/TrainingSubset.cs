using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Trainer.Recipes;
using Trainer.Robustness.Components;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Data;

/// <summary>
/// A random part of the training rows, such as the halves on which an audit's shadow models are trained. It depends on
/// the data set, the rows that are left, the seed and the fraction only.
/// </summary>
public sealed record TrainingSubset
{
    /// <summary>Decides which rows.</summary>
    public long Seed { get; init; }

    /// <summary>The share of the rows that are neither held out nor excluded.</summary>
    [Fraction] public double Fraction { get; init => field = Require.Fraction(value); } = 0.5;

    /// <summary>Trains on the rows that are left out otherwise.</summary>
    public bool Complement { get; init; }

    /// <summary>Chooses the rows.</summary>
    /// <param name="dataSet">The data set's name.</param>
    /// <param name="rows">The rows to choose from, ascending.</param>
    /// <returns>The chosen rows, ascending, and a hash of them.</returns>
    /// <exception cref="TrainerException">None would be chosen.</exception>
    internal (long[] Rows, string? Hash) Choose(string dataSet, long[] rows)
    {
        var taken = (int)Math.Round(Fraction * rows.Length);
        var order = Permutation.Of(RandomKey.Of(Seed).With("subset").With(dataSet), rows.Length);
        long[] chosen = [.. (Complement ? order[taken..] : order[..taken]).Select(place => rows[place]).Order()];
        return chosen.Length > 0
            ? (chosen, Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(chosen.AsSpan()))))
            : throw new TrainerException(ErrorKind.Recipe, "data.subset.fraction: found "
                + Fraction.ToString("G4", CultureInfo.InvariantCulture) + (Complement ? " and its complement" : "")
                + $", which leaves none of {Quantity.Of(rows.Length, "training image")}, expected a share of at least "
                + "one.");
    }
}
