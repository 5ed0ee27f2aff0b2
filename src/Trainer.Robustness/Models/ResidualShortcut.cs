namespace Trainer.Robustness.Models;

/// <summary>Where the shortcut of a pre-activation block begins, if it is a convolution.</summary>
public enum ResidualShortcut
{
    /// <summary>At the block's input.</summary>
    Input,

    /// <summary>Behind the block's first norm and activation.</summary>
    Activated,
}
