using Trainer.Robustness.Random;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// The examples of a batch that nothing has broken yet, over the runs of an attack. Those that the network takes for
/// another class to begin with are broken by nothing and stay as they are.
/// </summary>
internal sealed class StandingExamples
{
    private readonly Tensor originals;
    private readonly AttackLoss goal;
    private readonly RandomSource random;
    private readonly Tensor images;
    private readonly AttackSuccess?[] breaks;

    public StandingExamples(Classifier classifier, Tensor images, AttackLoss goal, RandomSource random)
    {
        (originals, this.goal, this.random) = (images, goal, random);
        this.images = images.clone();
        using var noGrad = no_grad();
        CleanLogits = classifier.Logits(images);
        using var correct = CleanLogits.argmax(1).eq(goal.Labels).cpu();
        breaks = [.. correct.data<bool>().Select(right => right ? (AttackSuccess?)null : AttackSuccess.Clean)];
    }

    /// <summary>Float32 [N, K] of the images themselves.</summary>
    public Tensor CleanLogits { get; }

    public bool Any => breaks.Contains(null);

    public AttackResult Findings => new(images.MoveToOuterDisposeScope(), breaks);

    /// <summary>One run over all that can be attacked.</summary>
    /// <param name="classifier">As the attack goes through it.</param>
    /// <param name="images">Float32 [N, C, H, W].</param>
    /// <param name="goal">As the attack's user gives it.</param>
    /// <param name="random">As the attack's user gives it.</param>
    /// <param name="run">Attacks; not called where nothing is left.</param>
    public static AttackResult After(Classifier classifier, Tensor images, AttackLoss goal, RandomSource random, Func<Selection, AttackResult> run)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var standing = new StandingExamples(classifier, images, goal, random);
        if (standing.Any)
        {
            var left = standing.Left();
            standing.Keep(left, run(left));
        }
        return standing.Findings;
    }

    /// <summary>What the next run attacks.</summary>
    public Selection Left()
    {
        long[] rows = [.. Enumerable.Range(0, breaks.Length).Where(row => breaks[row] is null).Select(row => (long)row)];
        if (rows.Length == breaks.Length)
            return new(rows, tensor(rows, device: originals.device), originals, goal, random);
        var index = tensor(rows, device: originals.device);
        return new(rows, index, originals.index_select(0, index), goal.Select(index), random.Select(rows));
    }

    /// <summary>Takes what a run found: the broken examples leave.</summary>
    /// <param name="left">What the run attacked.</param>
    /// <param name="found">Its findings, with breaks.</param>
    /// <param name="better">Bool [M]: the rows whose images to keep.</param>
    public void Keep(Selection left, AttackResult found, Tensor better)
    {
        for (var row = 0; row < left.Rows.Length; row++)
            breaks[left.Rows[row]] = found.Breaks![row];
        using var from = better.nonzero();
        using var local = from.squeeze(1);
        using var to = left.Index.index_select(0, local);
        using var adversarial = found.Images.index_select(0, local);
        images.index_copy_(0, to, adversarial);
    }

    /// <summary>Takes what a run found, and all of its images: the broken examples leave.</summary>
    /// <param name="left">What the run attacked.</param>
    /// <param name="found">Its findings, with breaks.</param>
    public void Keep(Selection left, AttackResult found)
    {
        using var all = ones_like(left.Index, ScalarType.Bool);
        Keep(left, found, all);
    }

    /// <summary>Some rows of the batch.</summary>
    /// <param name="Rows">Their positions in the batch.</param>
    /// <param name="Index">The same as int64 [M].</param>
    /// <param name="Images">Float32 [M, C, H, W].</param>
    /// <param name="Goal">Of these rows.</param>
    /// <param name="Random">Of these rows.</param>
    internal readonly record struct Selection(long[] Rows, Tensor Index, Tensor Images, AttackLoss Goal, RandomSource Random);
}
