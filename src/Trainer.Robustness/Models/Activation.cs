namespace Trainer.Robustness.Models;

/// <summary>The nonlinearity of a network.</summary>
public enum Activation
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x · sigmoid(x).</summary>
    Silu,

    /// <summary>Another name of <see cref="Silu"/>.</summary>
    Swish,

    /// <summary>x · Φ(x), with the distribution function Φ of the standard normal distribution.</summary>
    Gelu,
}
