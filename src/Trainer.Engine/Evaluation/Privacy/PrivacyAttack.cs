namespace Trainer.Engine.Evaluation.Privacy;

/// <summary>How an attacker tells members from non-members.</summary>
public enum PrivacyAttack
{
    /// <summary>A threshold of the loss (Yeom et al. 2018, arXiv:1709.01604).</summary>
    Loss,

    /// <summary>
    /// A threshold of the confidence (Song et al. 2019, arXiv:1905.10291), for the balanced accuracy one for each class
    /// (Song and Mittal 2021, arXiv:2003.10595).
    /// </summary>
    Confidence,

    /// <summary>The same at adversarial images.</summary>
    AdversarialConfidence,

    /// <summary>LiRA with shadow models with and without each example.</summary>
    LiraOnline,

    /// <summary>LiRA with shadow models without each example alone.</summary>
    LiraOffline,

    /// <summary>RMIA with shadow models without each example.</summary>
    Rmia,
}
