namespace Trainer.Engine.Training.Collapse;

/// <summary>What a run does when its training has collapsed.</summary>
public enum CollapseAction
{
    /// <summary>It ends with an error; the checkpoints before stay.</summary>
    Stop,

    /// <summary>
    /// It goes back to a checkpoint and on from there with other random numbers and a lower learning rate.
    /// </summary>
    Rollback,

    /// <summary>Warns and continues; where the loss or a weight is not finite, it ends all the same.</summary>
    Ignore,
}
