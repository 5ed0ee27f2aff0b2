namespace Trainer.Engine.Data.Encoded;

/// <summary>
/// Antialiased bilinear resizing, bit for bit that of Pillow's <c>Image.resize(size, Image.BILINEAR)</c>: first the
/// rows, then the columns, each rounded to bytes, with a triangle filter as wide as the reduction and weights in 22-bit
/// fixed point.
/// </summary>
internal static class BilinearResize
{
    private const int PrecisionBits = 22;

    /// <summary>Resizes so that the shorter side has a length, as torchvision's <c>Resize(length)</c>.</summary>
    public static Raster ShorterSide(Raster image, int length, ImageBuffers buffers)
    {
        var (width, height) = (image.Width, image.Height);
        return width <= height ? Run(image, length, (int)((double)((long)length * height) / width), buffers)
            : Run(image, (int)((double)((long)length * width) / height), length, buffers);
    }

    /// <summary>Resizes.</summary>
    public static Raster Run(Raster image, int width, int height, ImageBuffers buffers)
    {
        if (width != image.Width)
            image = new(
                Pass(image.Pixels, (image.Height, image.Width, image.Channels), width, buffers), width, image.Height,
                image.Channels);
        if (height != image.Height)
            image = new(
                Pass(image.Pixels, (1, image.Height, image.Width * image.Channels), height, buffers), image.Width,
                height, image.Channels);
        return image;
    }

    /// <summary>Resizes the middle dimension of three.</summary>
    private static byte[] Pass(
        byte[] source, (int Outer, int Length, int Inner) size, int length, ImageBuffers buffers)
    {
        var windows = Windows(size.Length, length);
        var target = buffers.Next(size.Outer * length * size.Inner);
        var sums = new int[size.Inner];
        for (var outer = 0; outer < size.Outer; outer++)
            for (var place = 0; place < length; place++)
            {
                var (first, weights) = windows[place];
                Array.Fill(sums, 1 << (PrecisionBits - 1));
                for (var step = 0; step < weights.Length; step++)
                {
                    var row = source.AsSpan((outer * size.Length + first + step) * size.Inner, size.Inner);
                    for (var inner = 0; inner < row.Length; inner++)
                        sums[inner] += row[inner] * weights[step];
                }
                var result = target.AsSpan((outer * length + place) * size.Inner, size.Inner);
                for (var inner = 0; inner < result.Length; inner++)
                    result[inner] = (byte)Math.Clamp(sums[inner] >> PrecisionBits, 0, 255);
            }
        return target;
    }

    /// <summary>For each place of the result the first source pixel and the weights from it on.</summary>
    private static (int First, int[] Weights)[] Windows(int source, int target)
    {
        var scale = (double)source / target;
        var support = Math.Max(scale, 1);
        var windows = new (int, int[])[target];
        for (var place = 0; place < target; place++)
        {
            var centre = (place + 0.5) * scale;
            var first = Math.Max((int)(centre - support + 0.5), 0);
            var end = Math.Min((int)(centre + support + 0.5), source);
            var (weights, sum) = (new double[end - first], 0.0);
            for (var step = 0; step < weights.Length; step++)
                sum += weights[step] = Math.Max(0, 1 - Math.Abs((step + first - centre + 0.5) * (1 / support)));
            windows[place] = (first, [.. weights.Select(
                weight => (int)(0.5 + weight / sum * (1 << PrecisionBits)))]);
        }
        return windows;
    }
}
