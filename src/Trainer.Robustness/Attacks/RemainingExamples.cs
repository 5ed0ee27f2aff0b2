namespace Trainer.Robustness.Attacks;

/// <summary>
/// The examples of a batch for which an attack has not succeeded yet, over its runs: restarts, targets or parts. An
/// example that is misclassified to begin with is not attacked and keeps its image. Where a batch does not stop at
/// success, all of its examples remain in every run.
/// </summary>
internal sealed class RemainingExamples
{
    private readonly AttackBatch batch;
    private readonly string attack;
    private readonly Tensor images;
    private readonly AttackSuccess?[] success;
    private readonly Tensor highest;
    private long[] rows;

    /// <param name="batch">All examples.</param>
    /// <param name="attack">The name of the attack, for its successes.</param>
    /// <param name="predicted">Int64 [N], the classes of the images; null to attack all.</param>
    public RemainingExamples(AttackBatch batch, string attack, Tensor? predicted = null)
    {
        (this.batch, this.attack, images) = (batch, attack, batch.Images.clone());
        success = new AttackSuccess?[batch.Images.shape[0]];
        highest = full_like(batch.Loss.Labels, float.NegativeInfinity, batch.Images.dtype);
        var correct = predicted is null ? null : Flags(predicted.eq(batch.Loss.Labels));
        for (var row = 0; row < success.Length; row++)
            success[row] = correct?[row] is false ? AttackSuccess.Clean : null;
        rows = Without(success);
    }

    /// <summary>The restart, target or part under way, from 0.</summary>
    public int Run { get; private set; }

    /// <summary>Whether any example remains in the run.</summary>
    public bool Any => rows.Length > 0;

    /// <summary>Int64 [M], the positions of the remaining examples in the batch.</summary>
    public Tensor Rows => tensor(rows, device: images.device);

    /// <summary>Runs one after the other, each on the examples that remain after those before it.</summary>
    /// <param name="batch">All examples.</param>
    /// <param name="attack">The name of the attack, for its successes.</param>
    /// <param name="runs">How many there are.</param>
    /// <param name="run">Attacks the given examples; not called where none remain.</param>
    public static AttackResult Attack(
        AttackBatch batch, string attack, int runs, Action<RemainingExamples, AttackBatch> run) =>
        Attack(batch, attack, runs, (remaining, examples, _) => run(remaining, examples));

    /// <summary>Runs of which each may depend on the clean logits.</summary>
    /// <param name="batch">All examples.</param>
    /// <param name="attack">The name of the attack, for its successes.</param>
    /// <param name="runs">How many there are.</param>
    /// <param name="run">Attacks the given examples, and has the logits [N, K] of all clean images.</param>
    public static AttackResult Attack(
        AttackBatch batch, string attack, int runs, Action<RemainingExamples, AttackBatch, Tensor> run)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        batch = batch.FromStart();
        var logits = batch.Loss.Logits(batch.Classifier, batch.Images);
        var remaining = new RemainingExamples(batch, attack, batch.StopAtSuccess ? logits.argmax(1) : null);
        for (remaining.Run = 0; remaining.Run < runs && remaining.Any; remaining.Run++)
        {
            using var runScope = NewDisposeScope();
            var all = remaining.rows.Length == remaining.success.Length;
            run(remaining, all ? batch : batch.Select(remaining.Rows), logits);
            remaining.rows = Without(remaining.success);
        }
        return remaining.Result();
    }

    /// <summary>
    /// Lets examples leave the run with their first misclassified iterate. Where the batch does not stop at success,
    /// all stay, and each keeps the iterate of the greatest loss, the batch's, over all runs.
    /// </summary>
    /// <param name="current">Float [M, C, H, W], the iterate of the remaining examples.</param>
    /// <param name="logits">Float [M, K], its logits.</param>
    /// <param name="labels">Int64 [M], the true classes.</param>
    /// <param name="iteration">The iteration of the run.</param>
    /// <returns>Int64 [L], the positions of those that stay, among the M; null where all do.</returns>
    public Tensor? Observe(Tensor current, Tensor logits, Tensor labels, int iteration)
    {
        if (batch.StopAtSuccess)
            return Leave(logits.argmax(1).eq(labels), current, iteration);
        using var scope = NewDisposeScope();
        var values = batch.Loss.PerExample(logits);
        var better = values > highest;
        images.copy_(where(better.reshape(-1, 1, 1, 1), current, images));
        highest.copy_(where(better, values, highest));
        return null;
    }

    /// <summary>Lets examples leave the run with their present image.</summary>
    /// <param name="stays">Bool [M], false for an example that leaves.</param>
    /// <param name="current">Float [M, C, H, W], the images that they leave with.</param>
    /// <param name="iteration">The iteration of the run.</param>
    /// <param name="within">Bool [M], false where leaving is no success; null where it always is one.</param>
    /// <returns>Int64 [L], the positions of those that stay, among the M; null where all do.</returns>
    public Tensor? Leave(Tensor stays, Tensor current, int iteration, Tensor? within = null)
    {
        var flags = Flags(stays);
        if (!flags.Contains(false))
            return null;
        var succeeds = within is null ? null : Flags(within);
        for (var row = 0; row < rows.Length; row++)
            success[rows[row]] = flags[row] || succeeds?[row] is false ? null : new(attack, Run, iteration);
        Keep(current, stays.logical_not());
        rows = [.. rows.Where((_, row) => flags[row])];
        return stays.nonzero().squeeze(1);
    }

    /// <summary>Keeps some of the remaining examples, the others leave the run without a success.</summary>
    /// <param name="kept">Positions among the remaining examples.</param>
    public void Restrict(IReadOnlyList<long> kept) => rows = [.. kept.Select(row => rows[row])];

    /// <summary>Keeps images of remaining examples as the result so far.</summary>
    /// <param name="current">Float [M, C, H, W].</param>
    /// <param name="which">Bool [M]; null for all.</param>
    public void Keep(Tensor current, Tensor? which = null)
    {
        if (!Any)
            return;
        using var scope = NewDisposeScope();
        if (which is null)
        {
            images.index_copy_(0, Rows, current);
            return;
        }
        var chosen = which.nonzero().squeeze(1);
        images.index_copy_(0, Rows.index_select(0, chosen), current.index_select(0, chosen));
    }

    /// <summary>Adds the result of another attack on the remaining examples.</summary>
    /// <param name="part">The attack's name, for successes that it does not report itself.</param>
    /// <param name="found">What it found.</param>
    /// <param name="keepsFailures">Whether to keep also the images of examples for which it did not succeed.</param>
    public void Merge(string part, AttackResult found, bool keepsFailures)
    {
        var successes = found.Success ?? Judged(part, found.Images);
        using var kept = tensor(
            [.. successes.Select(what => keepsFailures || what is not null)], device: images.device);
        Keep(found.Images, kept);
        for (var row = 0; row < rows.Length; row++)
            success[rows[row]] = successes[row];
    }

    /// <summary>The successes of an attack that does not look at them.</summary>
    private IReadOnlyList<AttackSuccess?> Judged(string part, Tensor adversarial)
    {
        using var scope = NewDisposeScope();
        var fooled = batch.Loss.Logits(batch.Classifier, adversarial).argmax(1)
            .ne(batch.Loss.Labels.index_select(0, Rows))
            .logical_and(batch.Threat.Contains(batch.Images.index_select(0, Rows), adversarial));
        AttackSuccess? success = new(part, Run, 0);
        return [.. Flags(fooled).Select(found => found ? success : null)];
    }

    /// <summary>What was found so far; the images move to the outer scope.</summary>
    public AttackResult Result() =>
        new(images.MoveToOuterDisposeScope(), batch.StopAtSuccess ? success : null);

    /// <summary>Keeps some rows of a tensor and frees the tensor of all.</summary>
    public static void Select(ref Tensor values, Tensor rows)
    {
        using var all = values;
        values = all.index_select(0, rows);
    }

    private static long[] Without(AttackSuccess?[] success) =>
        [.. Enumerable.Range(0, success.Length).Where(row => success[row] is null).Select(row => (long)row)];

    private static bool[] Flags(Tensor values)
    {
        using var host = values.cpu();
        return host.data<bool>().ToArray();
    }
}
