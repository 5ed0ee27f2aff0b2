using TorchSharp.Modules;

namespace Trainer.Tests.BatchNorms;

/// <summary>The network of make_batch_norm_fixture.py.</summary>
internal sealed class SmallNormalisedNetwork : Module
{
    private readonly Conv2d conv;
    private readonly BatchNorm2d bn;
    private readonly Linear fc;

    public SmallNormalisedNetwork() : base("small-normalised")
    {
        conv = nn.Conv2d(1, 2, kernel_size: 2);
        bn = nn.BatchNorm2d(2);
        fc = nn.Linear(8, 3);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return fc.call(bn.call(conv.call(input)).relu().flatten(1)).MoveToOuterDisposeScope();
    }
}
