using Trainer.Robustness.Random;

namespace Trainer.Tests.Random;

public sealed class RandomKeyTests
{
    private static readonly RunRandom Run = new(Seed: 0);

    public static TheoryData<string, RandomKey> Neighbours => new()
    {
        { "seed", new RunRandom(Seed: 1).Key("attack", 2, 3, 4) },
        { "high bits of the seed", new RunRandom(Seed: 1L << 40).Key("attack", 2, 3, 4) },
        { "purpose", Run.Key("attacks", 2, 3, 4) },
        { "attempt", Run.Key("attack", 1, 3, 4) },
        { "epoch", Run.Key("attack", 2, 2, 4) },
        { "step", Run.Key("attack", 2, 3, 5) },
        { "rank", new RunRandom(0, Rank: 1).Key("attack", 2, 3, 4) },
        { "places of epoch and step", Run.Key("attack", 2, 4, 3) },
    };

    [Theory]
    [MemberData(nameof(Neighbours))]
    public void Every_field_changes_the_first_draw(string field, RandomKey neighbour)
    {
        Assert.False(
            Draw(Run.Key("attack", 2, 3, 4)) == Draw(neighbour), $"Another {field} gave the same first number.");
    }

    [Fact]
    public void The_same_fields_give_the_same_draw()
    {
        Assert.Equal(Draw(Run.Key("attack", 2, 3, 4)), Draw(Run.Key("attack", 2, 3, 4)));
    }

    [Fact]
    public void Seeds_fit_the_32_bits_that_torch_looks_at_and_rarely_meet()
    {
        var seeds = Enumerable.Range(0, 10_000).Select(step => Run.Key("attack", step: step).Seed).ToList();
        Assert.All(seeds, seed => Assert.InRange(seed, 0, uint.MaxValue));
        Assert.Equal(10_000, seeds.Distinct().Count());
    }

    private static float Draw(RandomKey key)
    {
        using var scope = NewDisposeScope();
        return RandomSource.ForBatch(key).Uniform(zeros(1)).item<float>();
    }
}
