namespace Trainer.Engine.Networks;

/// <summary>Ways in which a tensor of a file can fail to be the one expected.</summary>
public enum StateProblem
{
    /// <summary>The file lacks it.</summary>
    Missing,

    /// <summary>The file has it, and nothing takes it.</summary>
    Unexpected,

    /// <summary>Its shape differs.</summary>
    WrongShape,

    /// <summary>Its shape agrees and its dtype differs.</summary>
    WrongDtype,
}
