namespace Trainer.Engine.Repair;

/// <summary>How a backdoor is removed from a trained network.</summary>
public enum RepairMethod
{
    /// <summary>Training on clean images.</summary>
    FineTuning,

    /// <summary>Pruning of channels that clean images do not use, then fine-tuning.</summary>
    FinePruning,

    /// <summary>Neural attention distillation.</summary>
    Nad,

    /// <summary>Adversarial neuron pruning.</summary>
    Anp,
}
