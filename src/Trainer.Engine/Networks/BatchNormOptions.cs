using Trainer.Robustness.Components;
using Trainer.Robustness.Objectives;

namespace Trainer.Engine.Networks;

/// <summary>
/// How batch norm treats clean and adversarial images. In a network without batch norm nothing of it matters.
/// </summary>
public sealed record BatchNormOptions : ICrossChecked
{
    /// <summary>
    /// What it does in the forwards of training attacks; other than "eval" a row's attack depends on the whole batch.
    /// </summary>
    public BatchNormAttack Attack { get; init; } = BatchNormAttack.Eval;

    /// <summary>
    /// Which rows share statistics in the forwards of the loss; by default what is usual for the objective.
    /// </summary>
    public Normalise? Normalise { get; init; }

    /// <summary>
    /// Which forwards of the loss move the running statistics: "all", or a list of "natural" and "adversarial", applied
    /// in its order with the layers' momentum. An entry may come twice, although its forward runs once: the published
    /// TRADES updates natural, adversarial, natural.
    /// </summary>
    public IReadOnlyList<StatisticsUpdate> Update
    {
        get;
        init => field =
            value is [StatisticsUpdate.All] || (value.Count > 0 && !value.Contains(StatisticsUpdate.All)) ? value
            : throw new ArgumentException(
                "Found an empty list, or all beside others: expected \"all\" alone, "
                + "or a list of natural and adversarial.",
                nameof(Update));
    } = [StatisticsUpdate.All];

    /// <summary>
    /// 2 gives clean and adversarial rows statistics and affine parameters of their own (Xie et al. 2020,
    /// arXiv:1911.09665).
    /// </summary>
    [Between(1, 2)] public int Sets { get; init => field = Require.Between(1, 2, value); } = 1;

    /// <summary>Which of two sets is evaluated, clean and attacked, and saved under the usual keys.</summary>
    public BatchNormSet Evaluate { get; init; } = BatchNormSet.Adversarial;

    /// <summary>
    /// Whether processes that share a batch normalise by the statistics of all of it, as one process does. Otherwise
    /// each normalises by its own rows', and the running statistics are the means over the processes. Synchronised sums
    /// are made in float64, in one process too: libtorch's own, in float32 on the CPU, differ from them by some 1e-5.
    /// Training attacks then need the default, "eval": the number of passes of an attack may depend on the images, and
    /// every layer waits for all processes.
    /// </summary>
    public bool Synchronise { get; init; }

    /// <summary>Whether every forward of the loss moves the running statistics once.</summary>
    public bool UpdatesAll => Update is [StatisticsUpdate.All];

    /// <inheritdoc/>
    public IEnumerable<RecipeConflict> Conflicts()
    {
        if (Sets == 2 && Normalise == Robustness.Objectives.Normalise.Joint)
        {
            yield return new(
                "normalise",
                "found joint, but with two sets clean and adversarial rows cannot share statistics: leave it out, "
                + "or set sets to 1");
        }
        if (Synchronise && Attack != BatchNormAttack.Eval)
        {
            yield return new(
                "attack",
                $"found {(Attack == BatchNormAttack.Batch ? "batch" : "train")}, but synchronised layers wait for all "
                + "processes in each pass, and attacks may take another number of passes in each process: write "
                + "\"eval\", or leave synchronise out");
        }
        if (!UpdatesAll && Normalise == Robustness.Objectives.Normalise.Joint)
        {
            yield return new(
                "update",
                "found a list, but clean and adversarial rows that are normalised together have no statistics of their "
                + "own: write \"all\", or set normalise to separate");
        }
        if (Sets == 1 && Evaluate == BatchNormSet.Clean)
        {
            yield return new(
                "evaluate", "found clean, but there is one set for all images: leave it out, or set sets to 2");
        }
    }
}
