using TorchSharp.Modules;
using Trainer.Robustness;

namespace Trainer.Tests;

/// <summary>
/// Batch norm of one channel, then the sum and the negative sum of the pixels: logits of closed form.
/// </summary>
internal sealed class TinyNormalisedNetwork : Module
{
    private readonly BatchNorm2d norm;
    private readonly Linear linear;

    public TinyNormalisedNetwork(int pixels) : base("tiny-normalised")
    {
        norm = nn.BatchNorm2d(1);
        linear = nn.Linear(pixels, 2);
        using var noGrad = no_grad();
        linear.weight.copy_(cat([ones(1, pixels), -ones(1, pixels)], 0));
        linear.bias!.zero_();
        RegisterComponents();
    }

    public Tensor RunningMean => norm.running_mean!;

    public Tensor RunningVariance => norm.running_var!;

    public Tensor BatchesTracked => norm.num_batches_tracked!;

    public Classifier Classifier => new(this, 2);

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return linear.call(norm.call(input).flatten(1)).MoveToOuterDisposeScope();
    }
}
