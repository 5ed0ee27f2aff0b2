using Trainer.Engine.Networks;

namespace Trainer.Engine.Optimization;

internal sealed class AdamState : OptimizerState
{
    private readonly AdamOptions options;
    private readonly bool decoupled;
    private readonly FlatParameters parameters;
    private readonly WeightDecay decay;
    private readonly LearningRates rates;
    private readonly Tensor mean;
    private readonly Tensor square;
    // On the CPU whatever the device: reading it waits for nothing.
    private readonly Tensor steps = zeros([], ScalarType.Int64, CPU).DetachFromDisposeScope();

    public AdamState(AdamOptions options, bool decoupled, FlatParameters parameters)
    {
        (this.options, this.decoupled, this.parameters) = (options, decoupled, parameters);
        rates = new(options.BodyLearningRateFactor, parameters);
        decay = new(options.WeightDecay, options.Decay, parameters, rates);
        mean = zeros_like(parameters.Values).DetachFromDisposeScope();
        square = zeros_like(parameters.Values).DetachFromDisposeScope();
    }

    public override IReadOnlyList<(string Name, Tensor Flat)> Buffers => [("exp_avg", mean), ("exp_avg_sq", square)];

    public override IReadOnlyList<(string Key, Tensor Tensor)> Counters => [("step", steps)];

    public override void Step(double learningRate)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        steps.add_(1);
        var step = steps.item<long>();
        var gradient = parameters.Gradients;
        if (decoupled)
            decay.Shrink(learningRate);
        else
            decay.AddTo(gradient);
        mean.mul_(options.Beta1).add_(gradient, alpha: 1 - options.Beta1);
        square.mul_(options.Beta2).addcmul_(gradient, gradient, 1 - options.Beta2);
        var divisor = square.sqrt().div_(Math.Sqrt(1 - Math.Pow(options.Beta2, step))).add_(options.Eps);
        var correction = 1 - Math.Pow(options.Beta1, step);
        rates.Each(learningRate, (part, rate) =>
            part(parameters.Values).addcdiv_(part(mean), part(divisor), -rate / correction));
    }
}
