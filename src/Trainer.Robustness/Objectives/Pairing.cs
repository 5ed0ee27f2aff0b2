namespace Trainer.Robustness.Objectives;

/// <summary>Which rows of a mixed batch stay clean.</summary>
public enum Pairing
{
    /// <summary>Some rows are clean, the others adversarial (Kurakin et al. 2017, arXiv:1611.01236).</summary>
    Disjoint,

    /// <summary>Every row is trained on both ways (Goodfellow et al. 2015, arXiv:1412.6572).</summary>
    Paired,
}
