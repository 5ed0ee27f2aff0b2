using Trainer.Recipes;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Data;

/// <summary>
/// Chooses the training rows that are held out for validation: the first ones of a fixed permutation. It depends on
/// the data set and the count and on no seed, so every run of every recipe selects its model on the same images, and
/// a smaller held-out set is part of a larger one.
/// </summary>
internal static class ValidationSplit
{
    /// <param name="dataSet">The data set's name.</param>
    /// <param name="count">How many training images there are.</param>
    /// <param name="heldOut">How many of them to hold out.</param>
    /// <returns>The rows to train on and those held out, both ascending.</returns>
    /// <exception cref="TrainerException">Nothing would be left to train on.</exception>
    public static (long[] Train, long[] Validation) Split(string dataSet, long count, int heldOut)
    {
        if (heldOut >= count)
            throw new TrainerException(
                ErrorKind.Recipe, $"data.validation is {heldOut}, but {dataSet} has "
                + $"{Quantity.Of(count, "training image")}: expected less, so that some are left to train on.");
        var order = Permutation.Of(RandomKey.Of(0).With("held out").With(dataSet), count);
        return ([.. order[heldOut..].Order()], [.. order[..heldOut].Order()]);
    }
}
