using TorchSharp.Modules;
using Trainer.Engine.Distributed;

namespace Trainer.Engine.Networks;

/// <summary>
/// Batch norm by the statistics of a batch that several processes share, in forward and backward: the network in
/// training is the one of a single process with all rows.
/// </summary>
internal static class SynchronisedBatchNorm
{
    /// <summary>Changes what a network's layers compute in training mode.</summary>
    /// <param name="module">Each process puts as many batches through it, in the same order.</param>
    /// <param name="processes">Those that share the batches.</param>
    public static void Install(Module module, Collectives processes)
    {
        foreach (var (_, layer) in BatchNormLayers.Of(module))
        {
            Tensor? mean = null;
            Tensor? variance = null;
            layer.register_forward_pre_hook((_, input) =>
            {
                // The layer's own forward moves the running statistics by its own rows.
                if (layer.training)
                    (mean, variance) = (layer.running_mean?.clone(), layer.running_var?.clone());
                return input;
            });
            layer.register_forward_hook((_, input, output) =>
                layer.training ? Normalise(layer, input, (mean, variance), processes) : output);
        }
    }

    private static Tensor Normalise(
        BatchNorm layer, Tensor input, (Tensor? Mean, Tensor? Variance) former, Collectives processes)
    {
        using var scope = NewDisposeScope();
        var values = input.dtype == ScalarType.BFloat16 ? input.to(ScalarType.Float32) : input;
        var (mean, variance, total) = Statistics(values.detach(), processes);
        MoveRunning(layer.running_mean, former.Mean, mean, layer);
        MoveRunning(layer.running_var, former.Variance, variance * total / (total - 1), layer);
        var deviation = (variance + layer.eps).rsqrt().to(values.dtype);
        return SharedNormalisation.apply(
            values, (layer.weight ?? ones_like(deviation)).to(values.dtype),
            (layer.bias ?? zeros_like(deviation)).to(values.dtype), mean.to(values.dtype), deviation, total, processes)
            .to(input.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Each channel's mean and biased variance over all processes' rows, and how many values these are: float64 [C],
    /// [C] and [1]. In float64 they do not depend on how the rows are divided once they are rounded to float32.
    /// </summary>
    private static (Tensor Mean, Tensor Variance, Tensor Total) Statistics(Tensor values, Collectives processes)
    {
        using var noGrad = no_grad();
        var channels = values.shape[1];
        var precise = values.to(ScalarType.Float64);
        var others = Others(values);

        // Each process's count, means and variances in a row of its own: added up, every process has all of them.
        var rows = zeros([processes.Size, 1 + (2 * channels)], ScalarType.Float64, values.device);
        rows[processes.Rank].copy_(cat([
            full(1, (double)values.numel() / channels, ScalarType.Float64, values.device), precise.mean(others),
            precise.var(others, unbiased: false)]));
        processes.AllReduce(rows.view(-1));
        var counts = rows.narrow(1, 0, 1);
        var (means, variances) = (rows.narrow(1, 1, channels), rows.narrow(1, 1 + channels, channels));
        var total = counts.sum([0]);
        var mean = (means * counts).sum([0]) / total;
        return (mean, ((variances + (means - mean).square()) * counts).sum([0]) / total, total);
    }

    private static void MoveRunning(Tensor? running, Tensor? former, Tensor found, BatchNorm layer)
    {
        if (running is null || former is null)
            return;
        using var noGrad = no_grad();
        var momentum = layer.momentum ?? 1.0 / layer.num_batches_tracked!.item<long>();
        running.copy_(former * (1 - momentum) + found * momentum);
        former.Dispose();
    }

    /// <summary>Every side of a tensor but that of the channels.</summary>
    internal static long[] Others(Tensor values) =>
        [.. Enumerable.Range(0, (int)values.dim()).Where(side => side != 1).Select(side => (long)side)];
}
