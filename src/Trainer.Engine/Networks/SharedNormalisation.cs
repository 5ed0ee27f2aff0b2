using Trainer.Engine.Distributed;

namespace Trainer.Engine.Networks;

/// <summary>
/// Batch norm of this process's rows by the statistics of all processes' rows, with the gradient that the rows of all
/// processes have through the statistics (Ioffe and Szegedy 2015, arXiv:1502.03167, section 3). Its sums are made in
/// float64, so that they do not depend on how the rows are divided once they are rounded to float32.
/// </summary>
internal sealed class SharedNormalisation : autograd.SingleTensorFunction<SharedNormalisation>
{
    private const string Processes = "processes";

    public override string Name => nameof(SharedNormalisation);

    /// <param name="ctx">Keeps what the backward pass needs.</param>
    /// <param name="vars">
    /// Float [N, C, …], weight, bias, mean and inverse deviation [C] of the same dtype, the number of values of a
    /// channel in all processes (float64 [1]), and the processes.
    /// </param>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (values, weight, bias) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
        var (mean, deviation, total) = ((Tensor)vars[3], (Tensor)vars[4], (Tensor)vars[5]);
        ctx.save_data(Processes, vars[6]);
        var factor = deviation * weight;
        ctx.save_for_backward([values, mean, deviation, factor, total]);
        // By a variance of 1 the factor alone scales: these are the bits of libtorch's forward in training.
        return nn.functional.batch_norm(
            values, mean, ones_like(mean), factor, bias, training: false, momentum: 0, eps: 0);
    }

    public override List<Tensor?> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        var (saved, others) = (ctx.get_saved_variables(), SynchronisedBatchNorm.Others(grad_output));
        var (mean, deviation, factor, total) = (saved[1], saved[2], saved[3], saved[4]);
        var centred = saved[0] - PerChannel(mean);
        var own = stack([
            grad_output.sum(others, type: ScalarType.Float64),
            (centred * grad_output).sum(others, type: ScalarType.Float64)]);
        var all = own.clone();
        ((Collectives)ctx.get_data(Processes)).AllReduce(all.view(-1));
        var means = all / total;
        var slope = (means[1] * deviation.square()).to(mean.dtype);
        var gradient = (grad_output - PerChannel(means[0].to(mean.dtype)) - (centred * PerChannel(slope)))
            * PerChannel(factor);
        // Weight and bias belong to each process, whose gradients are added up with all others.
        return [
            gradient.MoveToOuterDisposeScope(), (own[1] * deviation).to(mean.dtype).MoveToOuterDisposeScope(),
            own[0].to(mean.dtype).MoveToOuterDisposeScope(), null, null, null, null];

        Tensor PerChannel(Tensor values) =>
            values.view([.. Enumerable.Range(0, (int)grad_output.dim()).Select(side => side == 1 ? -1L : 1L)]);
    }
}
