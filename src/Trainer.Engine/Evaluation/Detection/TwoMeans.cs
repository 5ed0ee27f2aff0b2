using Trainer.Engine.Data;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Evaluation.Detection;

/// <summary>K-means with two clusters, by Lloyd's steps from several pairs of rows; the best of them.</summary>
internal static class TwoMeans
{
    private const int Starts = 20;
    private const int MostSteps = 100;

    /// <summary>Divides rows.</summary>
    /// <param name="rows">Float64 [n, D], n at least 2.</param>
    /// <param name="key">Decides the starts.</param>
    /// <returns>For each row, whether it is in the second cluster.</returns>
    public static bool[] Run(Tensor rows, RandomKey key)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        (double Cost, bool[] Second)? best = null;
        for (var start = 0; start < Starts; start++)
        {
            using var inner = NewDisposeScope();
            var order = Permutation.Of(key.With(start), rows.shape[0]);
            var centres = rows.index_select(0, tensor(order[..2]));
            var (cost, second) = (double.PositiveInfinity, zeros(rows.shape[0], ScalarType.Bool));
            for (var step = 0; step < MostSteps; step++)
            {
                var distances = stack([Distance(centres[0]), Distance(centres[1])], 1);
                var nearest = distances.argmin(1).to(ScalarType.Bool);
                var next = distances.amin([1L]).sum().item<double>();
                var count = nearest.sum().item<long>();
                if (next >= cost || count == 0 || count == rows.shape[0])
                    break;
                (cost, second) = (next, nearest);
                centres = stack([Mean(second.logical_not()), Mean(second)]);
            }
            if (best is null || cost < best.Value.Cost)
                best = (cost, second.data<bool>().ToArray());
        }
        return best!.Value.Second;

        Tensor Distance(Tensor centre) => rows.sub(centre).square().sum(1);

        Tensor Mean(Tensor members) => rows.index_select(0, members.nonzero().flatten()).mean([0L]);
    }
}
