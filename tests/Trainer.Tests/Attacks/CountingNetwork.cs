namespace Trainer.Tests.Attacks;

/// <summary>Records the size of every batch that passes.</summary>
internal sealed class CountingNetwork : Module
{
    private readonly Module inner;

    public CountingNetwork(Module inner) : base("counting")
    {
        this.inner = inner;
        RegisterComponents();
    }

    public List<long> BatchSizes { get; } = [];

    public override Tensor forward(Tensor input)
    {
        BatchSizes.Add(input.shape[0]);
        return inner.call(input);
    }
}
