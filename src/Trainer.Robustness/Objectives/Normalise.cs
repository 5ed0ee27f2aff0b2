using Trainer.Robustness.Components;

namespace Trainer.Robustness.Objectives;

/// <summary>Which rows share the statistics of batch norm in a training forward.</summary>
public enum Normalise
{
    /// <summary>Clean and adversarial rows in forwards of their own.</summary>
    [FormerName("apart")]
    Separate,

    /// <summary>One forward over the mixed batch.</summary>
    [FormerName("together")]
    Joint,
}
