using TorchSharp.Modules;

namespace Trainer.Robustness.Bounds.Rules;

/// <summary>A fully connected layer.</summary>
/// <param name="layer">The layer.</param>
internal sealed class LinearRule(Linear layer) : WeightedRule
{
    /// <inheritdoc/>
    protected override Tensor Weight => layer.weight;

    /// <inheritdoc/>
    protected override Tensor? Bias => layer.bias;

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => layer.call(inputs[0]);

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

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor values, Tensor weight, Tensor? bias) =>
        nn.functional.linear(values, weight, bias);
}
