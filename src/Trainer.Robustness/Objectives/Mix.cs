using Trainer.Robustness.Components;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// How a batch mixes clean and adversarial images. With disjoint rows N_c of them stay clean, which costs no attack,
/// and the loss is (w · Σ cross-entropy of the clean + Σ loss of the attacked) / (w · N_c + N_a), with N_c = round(c ·
/// N) in each batch, the last, shorter one included. With paired rows it is c · the mean cross-entropy of the clean +
/// (1 − c) · the mean loss of the attacked, over all N rows both times.
/// </summary>
public sealed record Mix : ICrossChecked
{
    /// <summary>c: the clean share of the rows, or with paired rows the clean images' weight; below 1.</summary>
    [Between(0, 1)]
    public double CleanFraction
    {
        get;
        init => field = value == 1
            ? throw new ArgumentException(
                "Found 1, which leaves nothing to attack, expected a number below 1, or the objective \"standard\".",
                nameof(CleanFraction))
            : Require.Between(0, 1, value);
    }

    /// <summary>Whether a row is clean or adversarial, or both.</summary>
    public Pairing Pairing { get; init; } = Pairing.Disjoint;

    /// <summary>w: what a clean row weighs against an attacked one; with paired rows always 1.</summary>
    [Positive] public double CleanWeight { get; init => field = Require.Positive(value); } = 1;

    /// <inheritdoc/>
    public IEnumerable<RecipeConflict> Conflicts()
    {
        if (Pairing == Pairing.Paired && CleanFraction == 0)
        {
            yield return new(
                "cleanFraction",
                "found 0 with paired rows, whose clean images would weigh nothing, expected a number above 0, "
                + "or disjoint rows");
        }
        if (Pairing == Pairing.Paired && CleanWeight != 1)
        {
            yield return new("cleanWeight", FormattableString.Invariant(
                $"found {CleanWeight} with paired rows, whose clean images weigh cleanFraction, ")
                + "expected 1, or disjoint rows");
        }
    }

    /// <summary>How many of a batch's rows, the first ones, are not attacked.</summary>
    /// <param name="rows">The batch's size N.</param>
    internal long CleanRows(long rows) =>
        Pairing == Pairing.Paired ? 0 : (long)Math.Round(CleanFraction * rows, MidpointRounding.AwayFromZero);

    /// <summary>What rows weigh: the loss's denominator.</summary>
    internal double LossWeight(long clean, long attacked) =>
        (Pairing == Pairing.Disjoint ? CleanWeight * clean : clean) + attacked;

    /// <summary>The loss of a batch whose attacked rows are scored by their cross-entropy.</summary>
    /// <param name="batch">The whole batch.</param>
    /// <param name="adversarial">The adversarial images of its last rows; null for none.</param>
    /// <param name="penalty">What is added to the loss of each attacked row [M]; null for nothing.</param>
    internal ObjectiveLoss CrossEntropy(
        TrainingBatch batch, Tensor? adversarial, Func<TrainingBatch, Tensor>? penalty = null) =>
        Loss(
            batch, adversarial, Pairing == Pairing.Paired ? Normalise.Separate : Normalise.Joint,
            Pairing == Pairing.Paired, rows =>
            {
                var loss = rows.Targets.CrossEntropy(rows.Adversarial);
                var attacked = loss.shape[0];
                return penalty is null ? loss : loss + penalty(batch.Part(batch.Images.shape[0] - attacked, attacked));
            });

    /// <summary>The loss of a batch whose attacked rows are scored against their own clean images.</summary>
    /// <param name="batch">The whole batch.</param>
    /// <param name="adversarial">The adversarial images of its last rows; null for none.</param>
    /// <param name="attacked">The loss of each attacked row [M].</param>
    internal ObjectiveLoss AgainstClean(
        TrainingBatch batch, Tensor? adversarial, Func<AttackedRows, Tensor> attacked) =>
        Loss(batch, adversarial, Normalise.Separate, true, attacked);

    private ObjectiveLoss Loss(
        TrainingBatch batch, Tensor? adversarial, Normalise usual, bool allClean, Func<AttackedRows, Tensor> attacked)
    {
        Require.Consistent(this);
        var rows = batch.Images.shape[0];
        if (adversarial is null && CleanRows(rows) < rows)
        {
            throw new ArgumentNullException(
                nameof(adversarial),
                $"Found no adversarial images, expected those of the batch's last {rows - CleanRows(rows)} rows.");
        }
        var attackedRows = adversarial?.shape[0] ?? 0;
        var cleanRows = rows - attackedRows;
        var (clean, others) = batch.Network.Logits(
            allClean ? batch.Images : cleanRows > 0 ? batch.Images.narrow(0, 0, cleanRows) : null, adversarial, usual);
        var cleanPredictions = clean is null ? null : new Predictions(clean, batch.Labels.narrow(0, 0, clean.shape[0]));
        if (others is null)
            return new(batch.Targets.CrossEntropy(clean!).mean(), cleanPredictions);

        var loss = attacked(new(
            allClean ? clean!.narrow(0, cleanRows, attackedRows)
            : null, others, batch.Targets.Part(cleanRows, attackedRows)));
        if (Pairing == Pairing.Paired)
            loss = (CleanFraction * batch.Targets.CrossEntropy(clean!).mean()) + ((1 - CleanFraction) * loss.mean());
        else if (cleanRows == 0)
            loss = loss.mean();
        else
        {
            var cleanLoss = batch.Targets.Part(0, cleanRows).CrossEntropy(clean!.narrow(0, 0, cleanRows));
            loss = ((CleanWeight * cleanLoss.sum()) + loss.sum()) / ((CleanWeight * cleanRows) + attackedRows);
        }
        return new(loss, cleanPredictions, new(others, batch.Labels.narrow(0, cleanRows, attackedRows)));
    }
}

/// <summary>Which rows of a mixed batch stay clean.</summary>
public enum Pairing
{
    /// <summary>Some rows are clean, the others adversarial (Kurakin et al. 2017, arXiv:1611.01236).</summary>
    Disjoint,

    /// <summary>Every row is trained on both ways (Goodfellow et al. 2015, arXiv:1412.6572).</summary>
    Paired,
}
