namespace Trainer.Engine.Weights;

/// <summary>Which weights are measured.</summary>
public enum WeightsChoice
{
    /// <summary>Those of the network in training.</summary>
    Raw,

    /// <summary>The averaged ones.</summary>
    Average,
}
