namespace Trainer.Robustness.Threats;

/// <summary>The norm that bounds a perturbation, over all values of an image.</summary>
public enum Norm
{
    /// <summary>The largest absolute change.</summary>
    Linf,

    /// <summary>The Euclidean length.</summary>
    L2,

    /// <summary>The sum of the absolute changes.</summary>
    L1,
}
