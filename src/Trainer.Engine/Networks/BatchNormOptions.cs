using Trainer.Robustness.Components;
using Trainer.Robustness.Objectives;

namespace Trainer.Engine.Networks;

/// <summary>How batch norm treats clean and adversarial images. In a network without batch norm nothing of it matters.</summary>
/// <param name="Attack">What it does in the forwards of training attacks; other than "eval" a row's attack depends on the whole batch.</param>
/// <param name="Normalise">Which rows share statistics in the forwards of the loss; by default what is usual for the objective.</param>
/// <param name="Update">
/// Which forwards of the loss move the running statistics: "all", or a list of "natural" and "adversarial", applied in its
/// order with the layers' momentum. An entry may come twice, although its forward runs once: the published TRADES updates
/// natural, adversarial, natural.
/// </param>
/// <param name="Sets">2 gives clean and adversarial rows statistics and affine parameters of their own (Xie et al. 2020, arXiv:1911.09665).</param>
/// <param name="Evaluate">Which of two sets is evaluated, clean and attacked, and saved under the usual keys.</param>
public sealed record BatchNormOptions(
    BatchNormAttack Attack = BatchNormAttack.Eval,
    Normalise? Normalise = null,
    IReadOnlyList<StatisticsUpdate>? Update = null,
    int Sets = 1,
    BatchNormSet Evaluate = BatchNormSet.Adversarial)
{
    /// <summary>Which rows share statistics in the forwards of the loss; null for what is usual for the objective.</summary>
    public Normalise? Normalise { get; init; } = Sets == 2 && Normalise == Robustness.Objectives.Normalise.Joint
        ? throw new ArgumentException("Found joint, but with two sets clean and adversarial rows cannot share statistics: leave it out, or set sets to 1.", nameof(Normalise))
        : Normalise;

    /// <summary>Which forwards of the loss move the running statistics.</summary>
    public IReadOnlyList<StatisticsUpdate> Update { get; init; } = Checked(Update ?? [StatisticsUpdate.All], Normalise);

    /// <summary>How many sets of statistics and affine parameters there are.</summary>
    [Between(1, 2)]
    public int Sets { get; init; } = Require.Between(1, 2, Sets);

    /// <summary>Which of two sets is evaluated.</summary>
    public BatchNormSet Evaluate { get; init; } = Sets == 1 && Evaluate == BatchNormSet.Clean
        ? throw new ArgumentException("Found clean, but there is one set for all images: leave it out, or set sets to 2.", nameof(Evaluate))
        : Evaluate;

    /// <summary>Whether every forward of the loss moves the running statistics once.</summary>
    public bool UpdatesAll => Update is [StatisticsUpdate.All];

    private static IReadOnlyList<StatisticsUpdate> Checked(IReadOnlyList<StatisticsUpdate> update, Normalise? normalise)
    {
        if (update is [StatisticsUpdate.All])
            return update;
        if (update.Count == 0 || update.Contains(StatisticsUpdate.All))
            throw new ArgumentException("Found an empty list, or all beside others: expected \"all\" alone, or a list of natural and adversarial.", nameof(update));
        return normalise != Robustness.Objectives.Normalise.Joint ? update
            : throw new ArgumentException("Found a list, but clean and adversarial rows that are normalised together have no statistics of their own: write \"all\", or set normalise to separate.", nameof(update));
    }
}
