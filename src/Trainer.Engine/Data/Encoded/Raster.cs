namespace Trainer.Engine.Data.Encoded;

/// <summary>A decoded image that no tensor owns, so that any thread may work on it.</summary>
/// <param name="Pixels">Row after row, pixel after pixel, the channels of a pixel together.</param>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Channels">1 for grey, 3 for RGB.</param>
internal sealed record Raster(byte[] Pixels, int Width, int Height, int Channels)
{
    /// <summary>The channels one after the other, as a tensor [C, H, W] has them.</summary>
    public byte[] Planes()
    {
        if (Channels == 1)
            return Pixels;
        var (planes, area) = (GC.AllocateUninitializedArray<byte>(Pixels.Length), Width * Height);
        for (var channel = 0; channel < Channels; channel++)
        {
            var plane = planes.AsSpan(channel * area, area);
            for (var (pixel, source) = (0, channel); pixel < plane.Length; pixel++, source += Channels)
                plane[pixel] = Pixels[source];
        }
        return planes;
    }

    /// <summary>
    /// The luminance of an RGB image as Pillow's <c>convert("L")</c> computes it (ITU-R 601-2, in 16-bit fixed point).
    /// </summary>
    public Raster ToGrey()
    {
        var grey = new byte[Width * Height];
        for (var pixel = 0; pixel < grey.Length; pixel++)
        {
            var rgb = Pixels.AsSpan(3 * pixel, 3);
            grey[pixel] = (byte)((rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16);
        }
        return new(grey, Width, Height, 1);
    }

    /// <summary>The middle of the image.</summary>
    /// <param name="side">The width and height to keep, which the image has at least.</param>
    public Raster CropCentre(int side)
    {
        // As torchvision: halves are rounded to even numbers.
        var (top, left) = ((int)Math.Round((Height - side) / 2.0), (int)Math.Round((Width - side) / 2.0));
        var cropped = GC.AllocateUninitializedArray<byte>(side * side * Channels);
        for (var row = 0; row < side; row++)
            Pixels.AsSpan(((top + row) * Width + left) * Channels, side * Channels)
                .CopyTo(cropped.AsSpan(row * side * Channels));
        return new(cropped, side, side, Channels);
    }
}
