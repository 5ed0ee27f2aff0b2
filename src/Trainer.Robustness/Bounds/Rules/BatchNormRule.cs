using TorchSharp.Modules;

namespace Trainer.Robustness.Bounds.Rules;

/// <summary>
/// Batch norm. In evaluation mode it scales by the running statistics. In training mode, by the statistics of the batch
/// that went through <see cref="Forward"/> first, with gradients through them, as Shi et al. 2021 (arXiv:2103.17268)
/// do: bounds have no statistics of their own.
/// </summary>
/// <param name="layer">The layer.</param>
internal sealed class BatchNormRule(BatchNorm layer) : ChannelRule
{
    private (Tensor Mean, Tensor Variance)? batch;

    /// <inheritdoc/>
    protected override (Tensor Scale, Tensor Shift) Factors
    {
        get
        {
            var (mean, variance) = Statistics;
            var scale = (variance + layer.eps).rsqrt();
            if (layer.weight is { } weight)
                scale = scale * weight;
            var shift = -mean * scale;
            return (scale, layer.bias is { } bias ? shift + bias : shift);
        }
    }

    /// <inheritdoc/>
    protected override Tensor ShiftMagnitude
    {
        get
        {
            var shift = (Statistics.Mean * Factors.Scale).abs();
            return layer.bias is { } bias ? shift + bias.abs() : shift;
        }
    }

    private bool UsesBatch => layer.training || layer.running_mean is null || layer.running_var is null;

    private (Tensor Mean, Tensor Variance) Statistics => !UsesBatch ? (layer.running_mean!, layer.running_var!)
        : batch ?? throw new InvalidOperationException(
        "Found batch norm in training mode without a batch, expected evaluation mode, or a forward pass first.");

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs)
    {
        if (batch is not null)
            return base.Forward(inputs);
        if (UsesBatch)
        {
            long[] others = [0, .. Enumerable.Range(2, (int)inputs[0].dim() - 2).Select(dimension => (long)dimension)];
            var mean = inputs[0].mean(others, keepdim: true);
            batch = (mean.flatten(), (inputs[0] - mean).square().mean(others));
        }
        return layer.call(inputs[0]);
    }
}
