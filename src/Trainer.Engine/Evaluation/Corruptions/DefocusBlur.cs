using TorchSharp;

namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>
/// Blurs by a disk whose edge is smoothed. It is not made smaller for images below 32×32: a smaller one would be a
/// single pixel at most severities.
/// </summary>
internal sealed class DefocusBlur : ICorruption
{
    // The largest radius whose edge is smoothed over one neighbour, and not over two.
    private const int SmallDisk = 8;

    /// <inheritdoc/>
    public string Name => "defocus-blur";

    /// <inheritdoc/>
    public Tensor Apply(CorruptionBatch batch)
    {
        var (radius, smoothing) = batch.Of((0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1, 0.2), (1.5, 0.1));
        var scale = Math.Max(1, batch.Scale);
        using var kernel = Disk(radius * scale, smoothing * scale);
        var reach = kernel.shape[0] / 2;
        var padded = nn.functional.pad(batch.Images, [reach, reach, reach, reach], PaddingModes.Reflect);
        var planes = padded.reshape(-1, 1, padded.shape[2], padded.shape[3]);
        return nn.functional.conv2d(planes, kernel.unsqueeze(0).unsqueeze(0)).reshape(batch.Images.shape);
    }

    /// <summary>The weights of a disk.</summary>
    /// <param name="radius">In pixels.</param>
    /// <param name="smoothing">The deviation of its edge's smoothing, in pixels.</param>
    /// <returns>Float64 [k, k], whose sum is 1.</returns>
    internal static Tensor Disk(double radius, double smoothing)
    {
        var neighbours = radius <= SmallDisk ? 1 : 2;
        var reach = (int)radius + neighbours;
        var side = (2 * reach) + 1;
        var disk = new double[side, side];
        for (var row = -reach; row <= reach; row++)
            for (var column = -reach; column <= reach; column++)
                disk[row + reach, column + reach] = (row * row) + (column * column) <= radius * radius ? 1 : 0;
        using var scope = NewDisposeScope();
        var whole = tensor(disk);
        var smooth = GaussianFilter.Smooth(whole / whole.sum(), smoothing, neighbours / smoothing, mirrors: false);
        return smooth.MoveToOuterDisposeScope();
    }
}
