using Trainer.Robustness.Random;

namespace Trainer.Robustness.Attacks;

/// <summary>Where the square attack looks, in one norm.</summary>
internal interface ISquareMoves
{
    /// <summary>How many random numbers an example's proposal takes.</summary>
    /// <param name="channels">C.</param>
    long Draws(long channels);

    /// <summary>The first images, admissible.</summary>
    /// <param name="images">Float32 [N, C, H, W], the originals.</param>
    /// <param name="random">Of these examples.</param>
    Tensor Start(Tensor images, RandomSource random);

    /// <summary>The best images so far with a changed window each, admissible.</summary>
    /// <param name="images">Float32 [N, C, H, W], the originals.</param>
    /// <param name="best">Float32 [N, C, H, W].</param>
    /// <param name="draws">Float32 [N, <see cref="Draws"/>], uniform in [0, 1).</param>
    /// <param name="share">The window's share of the image's area.</param>
    Tensor Propose(Tensor images, Tensor best, Tensor draws, double share);
}
