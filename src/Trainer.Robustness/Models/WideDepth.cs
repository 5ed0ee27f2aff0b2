using System.Runtime.CompilerServices;

namespace Trainer.Robustness.Models;

/// <summary>
/// The depth of a wide residual network: three groups of blocks of two convolutions, and four layers more.
/// </summary>
internal static class WideDepth
{
    /// <summary>The nonlinearities, each once: weights do not show which one they were trained with.</summary>
    public static IReadOnlyList<Activation> Activations { get; } = [Activation.Relu, Activation.Silu];

    public static int BlocksPerGroup(int depth) => (depth - 4) / 6;

    public static int Of(int blocksPerGroup) => 6 * blocksPerGroup + 4;

    /// <exception cref="ArgumentOutOfRangeException">No number of blocks gives this depth.</exception>
    public static int Require(int depth, [CallerMemberName] string? property = null) =>
        depth >= 10 && (depth - 4) % 6 == 0 ? depth
            : throw new ArgumentOutOfRangeException(
                property, depth, $"Found {depth}, expected 4 and a multiple of 6, such as 28 or 34.");
}
