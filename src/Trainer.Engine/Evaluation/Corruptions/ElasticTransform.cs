namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>A random affine map near the identity, and then a smooth random field of displacements.</summary>
internal sealed class ElasticTransform : ICorruption
{
    private const double Deviations = 3;

    /// <inheritdoc/>
    public string Name => "elastic-transform";

    /// <inheritdoc/>
    public Tensor Apply(CorruptionBatch batch)
    {
        // In sides of the image: the field's strength, its smoothing, and how far the affine map moves its points.
        var (strength, smoothing, jitter) = batch.Of(
            (0, 0, 0.08), (0.05, 0.2, 0.07), (0.08, 0.06, 0.06), (0.1, 0.04, 0.05), (0.1, 0.03, 0.03));
        var (rows, columns) = AffineSources(batch, jitter * batch.Side);
        var moved = Sample(batch.Images, rows, columns, mirrorsAtCentres: true);
        return Sample(
            moved, arange(batch.Height, ScalarType.Float64).unsqueeze(-1) + Field(2),
            arange(batch.Width, ScalarType.Float64) + Field(1), mirrorsAtCentres: false);

        Tensor Field(int draw) => GaussianFilter.Smooth(
            (batch.Draws.Uniform(draw, batch.Count, batch.Height, batch.Width) * 2) - 1,
            smoothing * batch.Side, Deviations, mirrors: true) * (strength * batch.Side);
    }

    /// <summary>
    /// Where each pixel comes from under the affine map that takes three points round the middle to places drawn near
    /// them.
    /// </summary>
    /// <returns>Float64 [N, H, W] each.</returns>
    private static (Tensor Rows, Tensor Columns) AffineSources(CorruptionBatch batch, double jitter)
    {
        var (first, second, size) = (batch.Height / 2, batch.Width / 2, batch.Side / 3);
        // Column, row and 1 of each point; the public code takes the middle's row for its column.
        var points = tensor(new double[,]
        {
            { first + size, second + size, 1 }, { first + size, second - size, 1 }, { first - size, second - size, 1 },
        });
        var moved = points.narrow(1, 0, 2) + (((batch.Draws.Uniform(0, batch.Count, 3, 2) * 2) - 1) * jitter);
        // Backwards, from the moved points to the points: [column, row, 1] · map.
        var map = linalg.solve(cat([moved, ones([batch.Count, 3, 1], ScalarType.Float64)], 2),
            points.narrow(1, 0, 2).expand(batch.Count, 3, 2));
        var columns = arange(batch.Width, ScalarType.Float64).reshape(1, 1, -1);
        var rows = arange(batch.Height, ScalarType.Float64).reshape(1, -1, 1);
        return (Source(1), Source(0));

        Tensor Source(long axis) => (columns * Entry(0, axis)) + (rows * Entry(1, axis)) + Entry(2, axis);

        Tensor Entry(long row, long axis) => map.select(1, row).select(1, axis).reshape(-1, 1, 1);
    }

    /// <summary>Bilinear interpolation of mirrored images.</summary>
    private static Tensor Sample(Tensor images, Tensor rows, Tensor columns, bool mirrorsAtCentres)
    {
        var grid = stack([Normalised(columns, images.shape[3]), Normalised(rows, images.shape[2])], -1);
        return nn.functional.grid_sample(
            images, grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Reflection, mirrorsAtCentres);

        Tensor Normalised(Tensor places, long side) =>
            mirrorsAtCentres ? (places * 2 / (side - 1)) - 1 : (((places * 2) + 1) / side) - 1;
    }
}
