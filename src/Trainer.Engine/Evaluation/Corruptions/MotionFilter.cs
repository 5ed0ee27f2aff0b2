namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>
/// ImageMagick's motion blur: each pixel becomes a weighted mean of those on a line from it, with the weights of half a
/// normal curve.
/// </summary>
internal static class MotionFilter
{
    /// <summary>Blurs each image along a line of its own.</summary>
    /// <param name="images">Float64 [N, C, H, W], bytes.</param>
    /// <param name="radius">Half the length of the line in pixels.</param>
    /// <param name="sigma">The curve's deviation in pixels.</param>
    /// <param name="angles">Float64 [N]: of the line, in degrees.</param>
    /// <returns>Bytes, of the same shape, rounded down.</returns>
    public static Tensor Apply(Tensor images, double radius, double sigma, Tensor angles)
    {
        var (channels, height, width) = ((int)images.shape[1], (int)images.shape[2], (int)images.shape[3]);
        var weights = Weights(radius, sigma);
        var (values, degrees) = (images.contiguous().data<double>().ToArray(), angles.data<double>().ToArray());
        var result = new double[values.Length];
        for (var plane = 0L; plane < images.shape[0] * channels; plane++)
        {
            var (sine, cosine) = Math.SinCos(degrees[plane / channels] * Math.PI / 180);
            var line = weights.Select((_, distance) =>
                ((int)Math.Ceiling((distance * sine) - 0.5), (int)Math.Ceiling((distance * cosine) - 0.5))).ToArray();
            for (var row = 0; row < height; row++)
                for (var column = 0; column < width; column++)
                {
                    var sum = 0.0;
                    foreach (var (place, (rows, columns)) in line.Index())
                        sum += weights[place] * values[(((plane * height) + Math.Clamp(row + rows, 0, height - 1))
                            * width) + Math.Clamp(column + columns, 0, width - 1)];
                    result[(((plane * height) + row) * width) + column] = Math.Floor(sum);
                }
        }
        return tensor(result).reshape(images.shape);
    }

    private static double[] Weights(double radius, double sigma)
    {
        var weights = Enumerable.Range(0, (2 * (int)Math.Ceiling(radius)) + 1)
            .Select(distance => Math.Exp(-distance * distance / (2 * sigma * sigma))).ToArray();
        var total = weights.Sum();
        return [.. weights.Select(weight => weight / total)];
    }
}
