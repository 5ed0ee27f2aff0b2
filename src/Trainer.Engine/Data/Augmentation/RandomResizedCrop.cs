using Trainer.Robustness.Components;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Data.Augmentation;

/// <summary>
/// Takes a random part of each image and resizes it to the image's size by antialiased bilinear interpolation (Szegedy
/// et al. 2015, arXiv:1409.4842, section 6; the limits and ten attempts are those of torchvision's
/// <c>RandomResizedCrop</c>). The part is taken from the image as the data set holds it, after <c>data.resize</c> and
/// <c>data.crop</c>, where torchvision takes it from the file.
/// </summary>
[Component("random-resized-crop")]
public sealed record RandomResizedCrop : IAugmentation, ICrossChecked
{
    private const int Attempts = 10;

    /// <summary>The smallest part of the image's area.</summary>
    [Between(0, 1)] public double MinScale { get; init => field = Require.Between(0, 1, value); } = 0.08;

    /// <summary>The largest part of the image's area.</summary>
    [Between(0, 1)] public double MaxScale { get; init => field = Require.Between(0, 1, value); } = 1;

    /// <summary>The smallest width of the part, over its height.</summary>
    [Positive] public double MinRatio { get; init => field = Require.Positive(value); } = 3.0 / 4;

    /// <summary>The largest width of the part, over its height.</summary>
    [Positive] public double MaxRatio { get; init => field = Require.Positive(value); } = 4.0 / 3;

    /// <inheritdoc/>
    public IEnumerable<RecipeConflict> Conflicts()
    {
        if (MinScale > MaxScale)
            yield return new("minScale", $"found {MinScale}, expected at most maxScale, which is {MaxScale}");
        if (MinRatio > MaxRatio)
            yield return new("minRatio", $"found {MinRatio}, expected at most maxRatio, which is {MaxRatio}");
    }

    /// <inheritdoc/>
    public AugmentedBatch Apply(AugmentedBatch batch, RandomSource random)
    {
        using var scope = NewDisposeScope();
        var (rows, height, width) = (batch.Images.shape[0], batch.Images.shape[2], batch.Images.shape[3]);
        var (heights, widths, found) = Sizes(batch.Images, random);
        var top = Place(height - heights, found, random);
        var left = Place(width - widths, found, random);
        // The channels' rows, then the channels' columns, are further rows of one product.
        var wide = batch.Images.reshape(rows, -1, width).bmm(Weights(left, widths, width).transpose(1, 2))
            .reshape(batch.Images.shape).permute(0, 2, 1, 3);
        var images = Weights(top, heights, height).bmm(wide.reshape(rows, height, -1)).reshape(wide.shape)
            .permute(0, 2, 1, 3).contiguous();
        return batch with { Images = images.clamp_(0, 1).MoveToOuterDisposeScope() };
    }

    /// <summary>The weights by which the pixels of a window become those of the whole length.</summary>
    /// <param name="start">Float32 [N, 1, 1, 1]: the first pixel.</param>
    /// <param name="size">Float32 [N, 1, 1, 1]: the number of pixels.</param>
    /// <param name="length">The length of the image, and of the result.</param>
    /// <returns>Float32 [N, length, length], each row summing to 1.</returns>
    private static Tensor Weights(Tensor start, Tensor size, long length)
    {
        var scale = size / length;
        var along = arange(length, ScalarType.Float32, start.device);
        var centre = start + (along.reshape(1, 1, length, 1) + 0.5) * scale;
        var pixel = along.reshape(1, 1, 1, length);
        var weights = (1 - (pixel + 0.5 - centre).abs_() / scale.clamp(min: 1)).clamp_(min: 0);
        weights = weights * pixel.ge(start).logical_and(pixel.lt(start + size));
        return (weights / weights.sum(3, keepdim: true)).squeeze(1);
    }

    /// <summary>
    /// The first of ten attempts that fits into the image; otherwise as much of the middle as the ratios allow.
    /// </summary>
    /// <returns>
    /// Two of float32 [N, 1, 1, 1], whole numbers, and bool [N, 1, 1, 1]: whether an attempt fits.
    /// </returns>
    private (Tensor Heights, Tensor Widths, Tensor Found) Sizes(Tensor images, RandomSource random)
    {
        var (height, width) = (images.shape[2], images.shape[3]);
        var like = empty([images.shape[0], Attempts, 1, 1], ScalarType.Float32, images.device);
        var area = (random.Uniform(like) * (MaxScale - MinScale) + MinScale) * (height * width);
        var ratio = (random.Uniform(like) * Math.Log(MaxRatio / MinRatio) + Math.Log(MinRatio)).exp();
        var (heights, widths) = ((area / ratio).sqrt().round(), (area * ratio).sqrt().round());
        var fits = heights.ge(1).logical_and(heights.le(height)).logical_and(widths.ge(1))
            .logical_and(widths.le(width));
        var found = fits.any(1, keepdim: true);
        var first = fits.to(ScalarType.Float32).argmax(1, keepdim: true);
        var (middleHeight, middleWidth) = ((double)height, (double)width);
        if (width < MinRatio * height)
            middleHeight = Math.Max(1, Math.Round(width / MinRatio));
        else if (width > MaxRatio * height)
            middleWidth = Math.Max(1, Math.Round(height * MaxRatio));
        return (Chosen(heights, middleHeight), Chosen(widths, middleWidth), found);

        Tensor Chosen(Tensor attempts, double middle) =>
            where(found, attempts.gather(1, first), full_like(found, middle, ScalarType.Float32));
    }

    /// <summary>
    /// The first pixel: uniform over the <paramref name="room"/> that a window leaves, or that of the middle.
    /// </summary>
    private static Tensor Place(Tensor room, Tensor found, RandomSource random) =>
        where(found, minimum((random.Uniform(room) * (room + 1)).floor_(), room), (room / 2).floor_());
}
