namespace Trainer.Engine.Networks;

/// <summary>What batch norm does in the forwards of training attacks.</summary>
public enum BatchNormAttack
{
    /// <summary>Running statistics: the network in evaluation mode.</summary>
    Eval,

    /// <summary>The batch's own statistics, and the running ones are updated: the network in training mode.</summary>
    Train,

    /// <summary>The batch's own statistics, and the running ones stay as they are.</summary>
    Batch,
}
