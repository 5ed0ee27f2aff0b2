namespace Trainer.Engine.Data.Poisoning;

/// <summary>
/// WaNet's warp: where each pixel of a warped image comes from, in coordinates from −1 to 1 over the centres of the
/// outermost pixels.
/// </summary>
internal static class WarpField
{
    /// <summary>
    /// The grid: each pixel's own place, plus the offsets of the control points, divided by their mean absolute value,
    /// interpolated bicubically, times the strength over the side of the image; clipped to [−1, 1].
    /// </summary>
    /// <param name="controls">Float64 [1, 2, k, k]: offsets along columns, then along rows.</param>
    /// <param name="strength">s.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <returns>Float64 [1, H, W, 2]: column, then row.</returns>
    public static Tensor Grid(Tensor controls, double strength, long height, long width)
    {
        using var scope = NewDisposeScope();
        var scaled = controls.div(controls.abs().mean());
        var field = nn.functional.interpolate(
            scaled, [height, width], mode: InterpolationMode.Bicubic, align_corners: true).permute(0, 2, 3, 1);
        var columns = linspace(-1, 1, width, ScalarType.Float64).reshape(1, 1, width).expand(1, height, width);
        var rows = linspace(-1, 1, height, ScalarType.Float64).reshape(1, height, 1).expand(1, height, width);
        var sides = tensor(new double[] { width, height });
        return stack([columns, rows], -1).add(field.mul(strength).div(sides)).clamp(-1, 1).MoveToOuterDisposeScope();
    }

    /// <summary>The grid with a further offset of each pixel, over the side of the image; clipped.</summary>
    /// <param name="grid">Float64 [1, H, W, 2].</param>
    /// <param name="offsets">Float64 [N, H, W, 2] in [−1, 1].</param>
    /// <returns>Float64 [N, H, W, 2].</returns>
    public static Tensor WithNoise(Tensor grid, Tensor offsets)
    {
        using var scope = NewDisposeScope();
        var sides = tensor(new double[] { grid.shape[2], grid.shape[1] });
        return grid.add(offsets.div(sides)).clamp(-1, 1).MoveToOuterDisposeScope();
    }

    /// <summary>Images warped by bilinear interpolation.</summary>
    /// <param name="images">Float64 [N, C, H, W].</param>
    /// <param name="grid">Float64 [N, H, W, 2].</param>
    public static Tensor Sample(Tensor images, Tensor grid) =>
        nn.functional.grid_sample(images, grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Zeros, true);
}
