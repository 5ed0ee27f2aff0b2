namespace Trainer.Engine.Evaluation.Detection;

/// <summary>How poisoned images are looked for.</summary>
public enum DetectionMethod
{
    /// <summary>Spectral signatures.</summary>
    Spectral,

    /// <summary>Activation clustering.</summary>
    Clustering,

    /// <summary>STRIP.</summary>
    Strip,
}
