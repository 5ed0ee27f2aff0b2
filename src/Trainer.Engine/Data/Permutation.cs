using Trainer.Robustness.Random;

namespace Trainer.Engine.Data;

/// <summary>
/// Permutations as a function of a key, drawn without libtorch, so that they are the same for every version and device.
/// </summary>
internal static class Permutation
{
    /// <summary>
    /// The numbers from 0 to <paramref name="count"/> less one, in an order that the key decides (Fisher and Yates).
    /// </summary>
    public static long[] Of(RandomKey key, long count)
    {
        var order = new long[count];
        for (long last = 0; last < count; last++)
        {
            // The high word of 32 random bits times n is below n, and uniform to n parts in 2³².
            var other = (key.With(last).Seed * (last + 1)) >> 32;
            order[last] = order[other];
            order[other] = last;
        }
        return order;
    }
}
