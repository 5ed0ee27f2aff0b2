namespace Trainer.Robustness.Random;

/// <summary>
/// Torch's global generators, which modules such as dropout and default initialisation draw from. The engine seeds them
/// where a network is made, at the start of every step, and for each block of an evaluation of a network that draws.
/// </summary>
public static class GlobalGenerators
{
    /// <summary>Seeds the global generators of the CPU and, where there are any, of all GPUs.</summary>
    public static void Seed(RandomKey key)
    {
        using var _ = random.manual_seed(key.Seed);
        if (cuda.is_available())
            cuda.manual_seed_all(key.Seed);
    }
}
