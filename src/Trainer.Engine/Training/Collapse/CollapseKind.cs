namespace Trainer.Engine.Training.Collapse;

/// <summary>How training can collapse.</summary>
public enum CollapseKind
{
    /// <summary>The loss, a weight or a logit is NaN or infinite.</summary>
    NotFinite,

    /// <summary>The classifier never became better than guessing.</summary>
    NeverLearnt,

    /// <summary>The classifier had learnt, and is no better than guessing any more.</summary>
    Forgotten,

    /// <summary>
    /// Robust accuracy fell while the accuracy on training's adversarial images rose, or it is far below that accuracy:
    /// catastrophic overfitting (Wong et al. 2020, arXiv:2001.03994, section 5.4).
    /// </summary>
    CatastrophicOverfitting,
}
