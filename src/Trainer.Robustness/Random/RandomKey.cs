namespace Trainer.Robustness.Random;

/// <summary>
/// Names one stream of random numbers by the fields that it is a function of (seed, purpose, attempt, epoch, step,
/// rank, …). Fields are mixed one after the other by SplitMix64's finaliser (Steele, Lea and Flood 2014), so that every
/// field, and its place, changes the whole seed.
/// </summary>
public readonly record struct RandomKey
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private readonly ulong state;

    private RandomKey(ulong state) => this.state = state;

    /// <summary>The key of a run's seed.</summary>
    public static RandomKey Of(long seed) => default(RandomKey).With(seed);

    /// <summary>The key extended by one more field.</summary>
    public RandomKey With(long field) => new(Mix((state ^ Mix(unchecked((ulong)field + Golden))) + Golden));

    /// <summary>The key extended by a name: what the numbers are for.</summary>
    public RandomKey With(string purpose)
    {
        var key = With(purpose.Length);
        foreach (var character in purpose)
            key = key.With(character);
        return key;
    }

    /// <summary>The key folded to 32 bits: libtorch's CPU generator looks at no more.</summary>
    public long Seed => (long)((state ^ (state >> 32)) & 0xFFFFFFFF);

    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            return value ^ (value >> 31);
        }
    }
}
