namespace Trainer.Engine.Devices;

/// <summary>What a network is trained in. Evaluation is always <see cref="Float32"/>.</summary>
public enum Precision
{
    /// <summary>Single precision; TF32 is off.</summary>
    Float32,

    /// <summary>Single precision whose products a GPU may compute in TF32.</summary>
    Tf32,
}
