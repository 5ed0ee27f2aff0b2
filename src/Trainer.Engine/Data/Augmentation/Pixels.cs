using Trainer.Robustness.Random;

namespace Trainer.Engine.Data.Augmentation;

/// <summary>Whole-numbered places in the images of a batch.</summary>
internal static class Pixels
{
    /// <summary>A place for each image, uniform from 0 to <paramref name="count"/> less one.</summary>
    /// <returns>Int64 [N, 1, 1, 1].</returns>
    public static Tensor Random(long rows, long count, Device device, RandomSource random)
    {
        using var scope = NewDisposeScope();
        var uniform = random.Uniform(empty([rows, 1, 1, 1], ScalarType.Float32, device));
        return uniform.mul_(count).to(ScalarType.Int64).clamp_(max: count - 1).MoveToOuterDisposeScope();
    }

    /// <summary>The numbers 0, 1, … of a dimension.</summary>
    /// <returns>Int64, of rank 4 and size 1 in the other dimensions.</returns>
    public static Tensor Along(int dimension, long count, Device device)
    {
        using var numbers = arange(count, ScalarType.Int64, device);
        return dimension == 2 ? numbers.reshape(1, 1, count, 1) : numbers.reshape(1, 1, 1, count);
    }

    /// <summary>Which pixels are in a window of each image.</summary>
    /// <param name="images">[N, C, H, W].</param>
    /// <param name="top">Int64 [N, 1, 1, 1]: the first row.</param>
    /// <param name="left">Int64 [N, 1, 1, 1]: the first column.</param>
    /// <param name="height">Int64, the number of rows; what is outside the image is cut off.</param>
    /// <param name="width">Int64, the number of columns.</param>
    /// <returns>Bool [N, 1, H, W].</returns>
    public static Tensor Window(Tensor images, Tensor top, Tensor left, Tensor height, Tensor width)
    {
        using var scope = NewDisposeScope();
        var (row, column) = (Along(2, images.shape[2], images.device), Along(3, images.shape[3], images.device));
        var rows = row.ge(top).logical_and(row.lt(top + height));
        var columns = column.ge(left).logical_and(column.lt(left + width));
        return rows.logical_and(columns).MoveToOuterDisposeScope();
    }
}
