namespace Trainer.Engine.Data.Encoded;

/// <summary>A decoded image that no tensor owns, so that any thread may work on it.</summary>
/// <param name="Pixels">
/// Row after row, pixel after pixel, the channels of a pixel together; what follows belongs to no image.
/// </param>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Channels">1 for grey, 3 for RGB.</param>
internal sealed record Raster(byte[] Pixels, int Width, int Height, int Channels)
{
    /// <summary>The values of <see cref="Pixels"/> that are the image.</summary>
    public Span<byte> Values => Pixels.AsSpan(0, Width * Height * Channels);

    /// <summary>Copies the channels one after the other, as a tensor [C, H, W] has them.</summary>
    /// <param name="planes">As long as <see cref="Values"/>.</param>
    public void CopyPlanes(Span<byte> planes)
    {
        if (Channels == 1)
        {
            Values.CopyTo(planes);
            return;
        }
        var area = Width * Height;
        var red = planes[..area];
        var green = planes.Slice(area, area);
        var blue = planes.Slice(2 * area, area);
        var values = Values;
        for (var pixel = 0; pixel < red.Length && values.Length >= 3; pixel++)
        {
            (red[pixel], green[pixel], blue[pixel]) = (values[0], values[1], values[2]);
            values = values[3..];
        }
    }

    /// <summary>
    /// The luminance of an RGB image as Pillow's <c>convert("L")</c> computes it (ITU-R 601-2, in 16-bit fixed point).
    /// </summary>
    public Raster ToGrey(ImageBuffers buffers)
    {
        var image = new Raster(buffers.Next(Width * Height), Width, Height, 1);
        var grey = image.Values;
        for (var pixel = 0; pixel < grey.Length; pixel++)
        {
            var rgb = Pixels.AsSpan(3 * pixel, 3);
            grey[pixel] = (byte)((rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16);
        }
        return image;
    }

    /// <summary>The middle of the image.</summary>
    /// <param name="side">The width and height to keep, which the image has at least.</param>
    /// <param name="buffers">Hold the result.</param>
    public Raster CropCentre(int side, ImageBuffers buffers)
    {
        // As torchvision: halves are rounded to even numbers.
        var (top, left) = ((int)Math.Round((Height - side) / 2.0), (int)Math.Round((Width - side) / 2.0));
        var cropped = buffers.Next(side * side * Channels);
        for (var row = 0; row < side; row++)
            Pixels.AsSpan(((top + row) * Width + left) * Channels, side * Channels)
                .CopyTo(cropped.AsSpan(row * side * Channels));
        return new(cropped, side, side, Channels);
    }
}
