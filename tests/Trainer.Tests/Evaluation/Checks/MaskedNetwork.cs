namespace Trainer.Tests.Evaluation.Checks;

/// <summary>A network behind something that leads attacks astray.</summary>
internal sealed class MaskedNetwork(Func<Tensor, Tensor> compute) : Module("masked")
{
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return compute(input).MoveToOuterDisposeScope();
    }
}
