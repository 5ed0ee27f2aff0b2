namespace Trainer.Robustness.Bounds;

/// <summary>How lower bounds of margins are computed.</summary>
public enum BoundMethod
{
    /// <summary>Interval arithmetic (Gowal et al. 2018, arXiv:1810.12715).</summary>
    Ibp,

    /// <summary>
    /// Backward linear bounds (CROWN, Zhang et al. 2018, arXiv:1811.00866), or interval arithmetic where it is better.
    /// </summary>
    Crown,

    /// <summary>
    /// CROWN with optimised slopes for each margin (alpha-CROWN, Xu et al. 2021, arXiv:2011.13824), or interval
    /// arithmetic where it is better. Departure: 20 steps optimise the slopes of the margins' own backward pass alone;
    /// intermediate bounds are CROWN's, where the paper optimises those, too.
    /// </summary>
    AlphaCrown,
}
