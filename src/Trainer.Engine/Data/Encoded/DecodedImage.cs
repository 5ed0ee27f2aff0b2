using Trainer.Recipes;

namespace Trainer.Engine.Data.Encoded;

/// <summary>One decoded image of a data set, in memory that no tensor owns.</summary>
/// <param name="Place">Where it is from.</param>
/// <param name="Label">Its class.</param>
/// <param name="Size">Width, height and channels.</param>
/// <param name="Planes">Its channels one after the other.</param>
internal sealed record DecodedImage(
    string Place, long Label, (int Width, int Height, int Channels) Size, byte[] Planes)
{
    /// <summary>Decodes an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="decoder">Makes pixels of its bytes.</param>
    /// <param name="buffers">Of the thread.</param>
    /// <param name="target">Becomes the planes where its length fits; null for new memory.</param>
    /// <exception cref="TrainerException">It cannot be read.</exception>
    public static DecodedImage Of(
        EncodedImage image, IImageDecoder decoder, ImageBuffers buffers, byte[]? target = null)
    {
        try
        {
            var (size, planes) = OwnData.Read(image.Place, () => decoder.Decode(image.Read(), buffers, target));
            return new(image.Place, image.Label, size, planes);
        }
        catch (CropException error)
        {
            throw OwnData.Fault(image.Place, error.Message, "Lower data.crop, or set data.resize", error);
        }
    }

    /// <summary>Copies the pixels.</summary>
    /// <param name="target">As long as an image of the data set.</param>
    /// <param name="first">The first image of the data set.</param>
    /// <exception cref="TrainerException">This one is of another size.</exception>
    public void CopyTo(Span<byte> target, DecodedImage first)
    {
        if (Size != first.Size)
            throw OwnData.Fault(Place,
                $"is an image of {Size.Width}×{Size.Height} pixels, but {first.Place} is one of "
                + $"{first.Size.Width}×{first.Size.Height}, expected one size",
                "Set data.resize and data.crop, which make them alike");
        Planes.CopyTo(target);
    }
}
