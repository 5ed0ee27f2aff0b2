using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// The changes that the square attack puts into its windows in L2 and L1: a hill in one half of the window, a valley in
/// the other, of length 1 in the norm (arXiv:1912.00049, section 3.3; the steeper ones for L1 are the public
/// AutoAttack's).
/// </summary>
/// <param name="norm">L2 or L1.</param>
internal sealed class SquareBumps(Norm norm)
{
    private readonly Dictionary<long, (float[] Straight, float[] Turned)> shapes = [];

    /// <summary>The window's side: odd, at least 3, and inside the image.</summary>
    public static long Side(double share, long height, long width)
    {
        var side = Math.Max((long)Math.Round(Math.Sqrt(share * height * width)), 3) | 1;
        return Math.Min(side, Math.Min(height, width));
    }

    /// <summary>One for each example and channel.</summary>
    /// <param name="draws">Float32 [N, 1 + C] in [0, 1): its direction, and each channel's sign.</param>
    /// <param name="side">Of the window.</param>
    /// <returns>Float32 [N, C, side²].</returns>
    public Tensor Of(Tensor draws, long side)
    {
        if (!shapes.TryGetValue(side, out var shape))
            shapes[side] = shape = Shape((int)side);
        var turned = draws.narrow(1, 0, 1).unsqueeze(2) > 0.5;
        var signs = draws.narrow(1, 1, draws.shape[1] - 1).mul(2).sub_(1).sign_().unsqueeze(2);
        return where(
            turned, tensor(shape.Turned, device: draws.device), tensor(shape.Straight, device: draws.device)) * signs;
    }

    /// <summary>Bumps on a grid of five by five windows, whose side is a fifth of the image's height.</summary>
    /// <param name="images">Float32 [N, C, H, W]: whose shape to take.</param>
    /// <param name="random">Of these examples.</param>
    /// <returns>Float32 [N, C, H, W].</returns>
    public Tensor Grid(Tensor images, RandomSource random)
    {
        var (count, channels, height, width) = (images.shape[0], images.shape[1], images.shape[2], images.shape[3]);
        var side = Math.Max(height / 5, 1);
        var first = Math.Max((height - side * 5) / 2, 0);
        var (down, across) = ((height - first) / side, (width - first) / side);
        var draws = random.Uniform(images.new_empty([count, down * across, 1 + channels]));
        var grid = zeros_like(images);
        for (long tile = 0; tile < down * across; tile++)
        {
            var bump = Of(draws.select(1, tile), side).reshape(count, channels, side, side);
            grid.narrow(2, first + tile / across * side, side).narrow(3, first + tile % across * side, side)
                .copy_(bump);
        }
        return grid;
    }

    private (float[] Straight, float[] Turned) Shape(int side)
    {
        var half = side / 2;
        double[] values = [.. Hill(half, side), .. Hill(side - half, side).Select(value => -value)];
        Normalise(values);
        var turned = Enumerable.Range(0, side * side)
            .Select(place => (float)values[place % side * side + place / side]);
        return ([.. values.Select(value => (float)value)], [.. turned]);
    }

    /// <summary>Nested rectangles, lower the further out.</summary>
    private double[] Hill(int rows, int columns)
    {
        var values = new double[rows * columns];
        var (middleRow, middleColumn) = (rows / 2, columns / 2);
        for (var ring = 0; ring <= Math.Max(middleRow, middleColumn); ring++)
        {
            var height = 1 / Math.Pow(ring + 1, norm == Norm.L2 ? 2 : 4);
            for (var row = Math.Max(middleRow - ring, 0); row < Math.Min(middleRow + ring + 1, rows); row++)
            {
                for (var column = Math.Max(middleColumn - ring, 0); column < Math.Min(middleColumn + ring + 1,
                    columns); column++)
                    values[row * columns + column] += height;
            }
        }
        Normalise(values);
        return values;
    }

    private void Normalise(double[] values)
    {
        var length = norm == Norm.L2 ? Math.Sqrt(values.Sum(value => value * value)) : values.Sum(Math.Abs);
        for (var place = 0; place < values.Length; place++)
            values[place] /= length;
    }
}
