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
        var channels = input.shape[1];
        long[] others = [.. Enumerable.Range(0, (int)input.dim()).Where(side => side != 1).Select(side => (long)side)];
        long[] perChannel = [.. Enumerable.Range(0, (int)input.dim()).Select(side => side == 1 ? channels : 1L)];
        var values = input.dtype == ScalarType.BFloat16 ? input.to(ScalarType.Float32) : input;

        // Each process's count, means and variances in a row of its own: added up, every process has all of them.
        var own = cat([full(1, (double)input.numel() / channels, values.dtype, values.device),
            values.mean(others), values.var(others, unbiased: false)]).unsqueeze(0);
        var rows = SumOverProcesses.apply(cat([zeros(processes.Rank, own.shape[1], own.dtype, own.device), own,
            zeros(processes.Size - processes.Rank - 1, own.shape[1], own.dtype, own.device)], 0), processes);
        var counts = rows.narrow(1, 0, 1).detach();
        var (means, variances) = (rows.narrow(1, 1, channels), rows.narrow(1, 1 + channels, channels));
        var total = counts.sum();
        var mean = (means * counts).sum([0]) / total;
        var variance = ((variances + (means - mean).square()) * counts).sum([0]) / total;

        MoveRunning(layer.running_mean, former.Mean, mean, layer);
        MoveRunning(layer.running_var, former.Variance, variance * total / (total - 1), layer);
        var factor = (variance + layer.eps).rsqrt();
        if (layer.weight is { } weight)
            factor *= weight;
        var normalised = (values - mean.view(perChannel)) * factor.view(perChannel);
        if (layer.bias is { } bias)
            normalised += bias.view(perChannel);
        return normalised.to(input.dtype).MoveToOuterDisposeScope();
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
}

/// <summary>A sum over processes that gradients go through: theirs are added up, too.</summary>
internal sealed class SumOverProcesses : autograd.SingleTensorFunction<SumOverProcesses>
{
    private const string Processes = "processes";

    public override string Name => nameof(SumOverProcesses);

    /// <param name="ctx">Keeps the processes for the backward pass.</param>
    /// <param name="vars">What each process has, and the processes.</param>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_data(Processes, vars[1]);
        return Sum((Tensor)vars[0], (Collectives)vars[1]);
    }

    public override List<Tensor?> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
        [Sum(grad_output, (Collectives)ctx.get_data(Processes)), null];

    private static Tensor Sum(Tensor values, Collectives processes)
    {
        var sum = values.detach().contiguous().clone();
        processes.Sum(sum.view(-1));
        return sum;
    }
}
