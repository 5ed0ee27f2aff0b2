using Trainer.Engine.Data.Poisoning;

namespace Trainer.Tests.Poisoning;

public sealed class UnlearnableSeedTests
{
    [Fact]
    public void The_network_of_the_noise_has_no_seed_that_a_run_is_likely_to_have()
    {
        var seeds = Enumerable.Range(0, 100).Select(seed => new Unlearnable { Seed = seed }.NetworkSeed).ToList();
        Assert.Equal(100, seeds.Distinct().Count());
        Assert.All(seeds, seed => Assert.InRange(seed, 100, long.MaxValue));
    }
}
