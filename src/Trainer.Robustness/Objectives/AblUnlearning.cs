namespace Trainer.Robustness.Objectives;

/// <summary>What anti-backdoor learning does with the isolated images at the end.</summary>
public enum AblUnlearning
{
    /// <summary>
    /// −CE: gradient ascent, the paper's. Its gradient is the probability of all wrong classes, which is next to zero
    /// for images that the network has learnt by heart.
    /// </summary>
    Ascent,

    /// <summary>
    /// −log(1 − p_y), the unlikelihood of Welleck et al. 2020 (arXiv:1908.04319): not in the paper. Its gradient is the
    /// probability of the class itself, and it is bounded below.
    /// </summary>
    Unlikelihood,
}
