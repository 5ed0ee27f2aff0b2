using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;

namespace Trainer.Tests.Attacks;

/// <summary>Transfer from a network for images of any shape, with as many classes as the attacked one.</summary>
internal sealed record SurrogateTransfer : IAttack
{
    public string Name => "transfer";

    public AttackLossKind? Loss => null;

    public AttackResult Run(AttackBatch batch)
    {
        var classes = batch.Classifier.Classes;
        return new Transfer(new Pgd { Steps = 3 }, new(new Waves(classes), classes)).Run(batch);
    }

    /// <summary>The weight of value d for class k is cos(k · d).</summary>
    private sealed class Waves(int classes) : Module("waves")
    {
        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var flat = input.flatten(1);
            var phase = arange(1, classes + 1, dtype: flat.dtype)
                .unsqueeze(0) * arange(1, flat.shape[1] + 1, dtype: flat.dtype).unsqueeze(1);
            return flat.matmul(phase.cos_()).MoveToOuterDisposeScope();
        }
    }
}
