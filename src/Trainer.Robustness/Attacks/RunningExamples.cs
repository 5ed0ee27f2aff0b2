namespace Trainer.Robustness.Attacks;

/// <summary>The examples that are still in a run of an attack, which broken ones leave at once.</summary>
internal sealed class RunningExamples
{
    private readonly Tensor result;
    private readonly AttackSuccess?[] breaks;
    private readonly string name;
    private readonly int run;
    private long[] rows;

    /// <param name="images">Float32 [N, C, H, W], the originals.</param>
    /// <param name="name">What breaks are told by.</param>
    /// <param name="run">The restart or target.</param>
    public RunningExamples(Tensor images, string name, int run)
    {
        (this.name, this.run) = (name, run);
        result = images.clone();
        breaks = new AttackSuccess?[images.shape[0]];
        rows = [.. Enumerable.Range(0, breaks.Length).Select(row => (long)row)];
    }

    public bool Any => rows.Length > 0;

    public long Count => rows.Length;

    /// <summary>Takes an iteration's verdicts.</summary>
    /// <param name="standing">Bool [M].</param>
    /// <param name="current">Float32 [M, C, H, W]: where the broken ones leave with.</param>
    /// <param name="iteration">Its number.</param>
    /// <returns>Int64 [L]: the rows that stay; null where all do.</returns>
    public Tensor? Judge(Tensor standing, Tensor current, int iteration)
    {
        var flags = standing.cpu().data<bool>().ToArray();
        if (!flags.Contains(false))
            return null;
        for (var row = 0; row < rows.Length; row++)
            breaks[rows[row]] = flags[row] ? null : new(name, run, iteration);
        Write(current);
        rows = [.. rows.Where((_, row) => flags[row])];
        return standing.nonzero().squeeze(1);
    }

    /// <summary>What the run found.</summary>
    /// <param name="current">Float32 [M, C, H, W]: the best try at each example that is still classified correctly.</param>
    public AttackResult Findings(Tensor current)
    {
        if (Any)
            Write(current);
        return new(result.MoveToOuterDisposeScope(), breaks);
    }

    /// <summary>Keeps some rows of a tensor that a run continues with; frees the tensor of all.</summary>
    public static void Keep(ref Tensor values, Tensor rows)
    {
        using var all = values;
        values = all.index_select(0, rows);
    }

    private void Write(Tensor current)
    {
        using var index = tensor(rows, device: result.device);
        result.index_copy_(0, index, current);
    }
}
