namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>Counts photons: each value times a number of photons is the mean of a Poisson distribution.</summary>
internal sealed class ShotNoise : ICorruption
{
    /// <inheritdoc/>
    public string Name => "shot-noise";

    /// <inheritdoc/>
    public Tensor Apply(CorruptionBatch batch)
    {
        var photons = batch.Of(500, 250, 100, 75, 50);
        using var uniform = batch.Draws.Uniform(0, batch.Images.shape);
        var (values, draws) = (batch.Images.contiguous().data<double>().ToArray(), uniform.data<double>().ToArray());
        var counts = new double[values.Length];
        var distributions = new Dictionary<double, double[]>();
        for (var place = 0; place < counts.Length; place++)
        {
            var mean = values[place] * photons;
            if (!distributions.TryGetValue(mean, out var cumulative))
                distributions[mean] = cumulative = Cumulative(mean);
            counts[place] = (double)Quantile(cumulative, draws[place]) / photons;
        }
        return tensor(counts).reshape(batch.Images.shape);
    }

    /// <summary>The smallest count whose cumulative probability is above the draw.</summary>
    private static int Quantile(double[] cumulative, double draw)
    {
        var place = Array.BinarySearch(cumulative, draw);
        return Math.Min(place >= 0 ? place + 1 : ~place, cumulative.Length - 1);
    }

    /// <summary>The cumulative probabilities of 0, 1, … photons, until the rest no longer counts.</summary>
    private static double[] Cumulative(double mean)
    {
        var probability = Math.Exp(-mean);
        var sums = new List<double> { probability };
        while (sums.Count < mean || probability > 1e-12)
        {
            probability *= mean / sums.Count;
            sums.Add(sums[^1] + probability);
        }
        return [.. sums];
    }
}
