using System.Runtime.CompilerServices;

namespace Trainer.Robustness.Models;

/// <summary>
/// The depth of a wide residual network: three groups of blocks of two convolutions, and four layers more.
/// </summary>
internal static class WideDepth
{
    public static int BlocksPerGroup(int depth) => (depth - 4) / 6;

    /// <exception cref="ArgumentOutOfRangeException">No number of blocks gives this depth.</exception>
    public static int Require(int depth, [CallerMemberName] string? property = null) =>
        depth >= 10 && (depth - 4) % 6 == 0 ? depth
            : throw new ArgumentOutOfRangeException(
                property, depth, $"Found {depth}, expected 4 and a multiple of 6, such as 28 or 34.");
}
