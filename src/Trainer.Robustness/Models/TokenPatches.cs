using System.Runtime.CompilerServices;

namespace Trainer.Robustness.Models;

/// <summary>The square patches of pixels of which a transformer's stem of four convolutions makes tokens.</summary>
internal static class TokenPatches
{
    private const int LeastLargeSide = 112;

    /// <summary>A patch size of a recipe: 16, 8, 4, 2 or 1; null for that of <see cref="SizeFor"/>.</summary>
    /// <param name="size">In pixels.</param>
    /// <param name="option">The option's name.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is another.</exception>
    public static int? Checked(int? size, [CallerMemberName] string option = "") =>
        size is null or 1 or 2 or 4 or 8 or 16 ? size
        : throw new ArgumentOutOfRangeException(option, size, $"Found {size}, expected 16, 8, 4, 2 or 1.");

    /// <summary>16 where the images have at least 112 pixels a side, and 4 where they are smaller.</summary>
    public static int SizeFor(ImageShape images) => Math.Min(images.Height, images.Width) >= LeastLargeSide ? 16 : 4;

    /// <summary>How many patches there are along a side.</summary>
    public static long Along(long side, int size) => (side + size - 1) / size;
}
