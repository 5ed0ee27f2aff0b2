namespace Trainer.Robustness.Objectives;

/// <summary>How anti-backdoor learning keeps the mean loss L of a batch at γ before it isolates images.</summary>
public enum AblTuning
{
    /// <summary>|L − γ| + γ (Ishida et al. 2020, arXiv:2002.08709): the default of the public code.</summary>
    Flooding,

    /// <summary>
    /// sign(L − γ) · L, local gradient ascent: the paper's, of a batch's mean as in the public code; the paper writes
    /// it for each image.
    /// </summary>
    LocalGradientAscent,
}
