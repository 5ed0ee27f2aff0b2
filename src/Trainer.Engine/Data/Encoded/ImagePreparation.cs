using Trainer.Robustness.Components;

namespace Trainer.Engine.Data.Encoded;

/// <summary>What is done to each image of a data set as it is read.</summary>
/// <param name="Resize">The length of the shorter side; null keeps the size.</param>
/// <param name="Crop">The width and height of the middle that is kept; null keeps all.</param>
/// <param name="Grey">Whether colours become grey.</param>
internal sealed record ImagePreparation(int? Resize, int? Crop, bool Grey) : IImageDecoder
{
    public bool IsSlow => true;

    /// <summary>A crop that no resized image has room for.</summary>
    public IEnumerable<RecipeConflict> Conflicts()
    {
        if (Crop > Resize)
            yield return new(
                "crop", $"found {Crop}, but resize makes the shorter side {Resize}; expected at most {Resize}, or a "
                + "larger resize");
    }

    public ((int Width, int Height, int Channels) Size, byte[] Planes) Decode(
        byte[] content, ImageBuffers buffers, byte[]? target)
    {
        var raster = Prepare(content, buffers);
        var length = raster.Values.Length;
        var planes = target?.Length == length ? target : GC.AllocateUninitializedArray<byte>(length);
        raster.CopyPlanes(planes);
        return ((raster.Width, raster.Height, raster.Channels), planes);
    }

    /// <summary>Decodes an image and prepares it.</summary>
    /// <param name="encoded">The whole file.</param>
    /// <param name="buffers">Holds the result until they are used again.</param>
    /// <exception cref="InvalidDataException">The message is a predicate of the file.</exception>
    /// <exception cref="CropException">So it is here: the image is smaller than the crop.</exception>
    public Raster Prepare(byte[] encoded, ImageBuffers buffers)
    {
        var image = ImageDecoder.Decode(encoded, buffers);
        if (Grey)
            image = image.ToGrey(buffers);
        if (Resize is { } length)
            image = BilinearResize.ShorterSide(image, length, buffers);
        if (Crop is not { } side)
            return image;
        if (image.Width < side || image.Height < side)
            throw new CropException(
                $"is an image of {image.Width}×{image.Height} pixels{(Resize is null ? "" : " after data.resize")}, "
                + $"expected at least {side}×{side}, of which data.crop takes the middle");
        return image.CropCentre(side, buffers);
    }
}
