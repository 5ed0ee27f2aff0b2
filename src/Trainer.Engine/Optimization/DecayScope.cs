namespace Trainer.Engine.Optimization;

/// <summary>Which parameters weight decay applies to.</summary>
public enum DecayScope
{
    /// <summary>All of them, as in PyTorch.</summary>
    All,

    /// <summary>Those of rank above 1: neither biases nor a normalisation's scale and shift.</summary>
    Weights,
}
