using TorchSharp.Modules;

namespace Trainer.Robustness.Bounds.Rules;

/// <summary>A fully connected layer: the radius goes through the absolute weights.</summary>
/// <param name="layer">The layer.</param>
internal sealed class LinearRule(Linear layer) : BoundRule
{
    /// <inheritdoc/>
    public override bool Mixes => true;

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => layer.call(inputs[0]);

    /// <inheritdoc/>
    public override Interval Bounds(IReadOnlyList<Interval> inputs) => Interval.Around(
        nn.functional.linear(inputs[0].Center, layer.weight, layer.bias),
        nn.functional.linear(inputs[0].Radius, layer.weight.abs()));

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Backward(BackwardStep step)
    {
        var coefficients = step.Coefficients;
        if (layer.bias is { } bias)
            step.AddConstant(coefficients, bias.unsqueeze(0));
        return [coefficients.flatten(0, 1).mm(layer.weight)
            .reshape(coefficients.shape[0], coefficients.shape[1], layer.weight.shape[1])];
    }

    /// <inheritdoc/>
    public override Window? Before(Window window) => null;
}
