namespace Trainer.Engine.Data.Poisoning;

/// <summary>
/// The trigger of label-consistent backdoors: 3×3 pixels in a corner; the right corners mirror the left.
/// </summary>
internal static class CornerTrigger
{
    /// <summary>The pixels of a corner's side.</summary>
    public const int Side = 3;

    // The left corners'; the right ones mirror it.
    private static readonly double[,] Signs = { { 1, -1, -1 }, { -1, 1, -1 }, { 1, -1, 1 } };

    /// <summary>Adds the trigger.</summary>
    /// <param name="images">Float64 [N, C, H, W] in [0, 1]; not modified.</param>
    /// <param name="allCorners">Whether all four corners have it, or the bottom right one alone.</param>
    /// <param name="amplitude">What is added or subtracted; null sets pixels to 1 and 0.</param>
    /// <returns>Float64 [N, C, H, W] in [0, 1].</returns>
    public static Tensor Apply(Tensor images, bool allCorners, double? amplitude)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (images.shape[2], images.shape[3]);
        var left = tensor(Signs);
        var right = left.flip(1);
        var triggered = images.clone();
        Set(height - Side, width - Side, right);
        if (allCorners)
        {
            Set(0, 0, left);
            Set(0, width - Side, right);
            Set(height - Side, 0, left);
        }
        return triggered.MoveToOuterDisposeScope();

        void Set(long top, long from, Tensor signs)
        {
            var corner = triggered.narrow(2, top, Side).narrow(3, from, Side);
            corner.copy_(amplitude is { } added ? corner.add(signs.mul(added)).clamp(0, 1)
                : signs.clamp(0, 1).expand_as(corner));
        }
    }
}
