namespace Trainer.Engine.Networks;

/// <summary>One of the two sets of statistics and affine parameters that batch norm can have.</summary>
public enum BatchNormSet
{
    /// <summary>That of adversarial images; attacks go through it.</summary>
    Adversarial,

    /// <summary>That of clean images.</summary>
    Clean,
}
