namespace Trainer.Engine.Checkpoints;

/// <summary>What a run does first after a checkpoint.</summary>
public enum NextAction
{
    /// <summary>The next training step.</summary>
    Step,

    /// <summary>The evaluation that ends an epoch.</summary>
    Evaluate,

    /// <summary>The final evaluation.</summary>
    Final,

    /// <summary>Nothing: the run is finished.</summary>
    Done,
}
