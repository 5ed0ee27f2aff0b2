using Trainer.Engine.Networks;

namespace Trainer.Engine.Optimization;

internal sealed class SgdState : OptimizerState
{
    private readonly Sgd options;
    private readonly FlatParameters parameters;
    private readonly WeightDecay decay;
    private readonly LearningRates rates;
    private readonly Tensor? momentum;

    public SgdState(Sgd options, FlatParameters parameters)
    {
        (this.options, this.parameters) = (options, parameters);
        rates = new(options.BodyLearningRateFactor, parameters);
        decay = new(options.WeightDecay, options.Decay, parameters, rates);
        // Zeros give PyTorch's first step too: there the buffer starts as the first gradient.
        momentum = options.Momentum > 0 ? zeros_like(parameters.Values).DetachFromDisposeScope() : null;
    }

    public override IReadOnlyList<(string Name, Tensor Flat)> Buffers =>
        momentum is null ? [] : [("momentum_buffer", momentum)];

    public override void Step(double learningRate)
    {
        using var noGrad = no_grad();
        var update = parameters.Gradients;
        decay.AddTo(update);
        if (momentum is not null)
        {
            momentum.mul_(options.Momentum).add_(update);
            update = options.Nesterov ? update.add_(momentum, alpha: options.Momentum) : momentum;
        }
        rates.Each(learningRate, (part, rate) => part(parameters.Values).add_(part(update), alpha: -rate));
    }
}
