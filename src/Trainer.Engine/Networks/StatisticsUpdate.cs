namespace Trainer.Engine.Networks;

/// <summary>Which training forwards of the loss move the running statistics.</summary>
public enum StatisticsUpdate
{
    /// <summary>Each, in the order in which they run.</summary>
    All,

    /// <summary>That of the clean images.</summary>
    Natural,

    /// <summary>That of the adversarial images.</summary>
    Adversarial,
}
