using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Recipes;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Evaluation.Privacy;

/// <summary>
/// The images that an audit asks about: members, which the run was trained on, and as many non-members. Of a run on a
/// subset the non-members are the training rows that it left out, which come from where the members come from and are
/// poisoned and excluded as those are. Of any other run they are test images: the held-out ones chose its checkpoint.
/// Test images are neither poisoned nor excluded, so that what tells them from members would be the poison.
/// </summary>
public sealed class AuditedExamples
{
    // With few, many of the surest examples have RMIA's highest score, and its lowest false-positive rates find none.
    private const int MostPopulation = 10_000;

    // Of rows that were excluded without regard to the subset, one draw in 15,000 is beyond.
    private const double MostDeviations = 4;

    internal AuditedExamples(
        AuditedImages members, AuditedImages nonMembers, DataSplits pool, string nonMembersAre, long seed)
    {
        (Members, NonMembers, NonMembersAre, Fingerprint) = (members, nonMembers, nonMembersAre, pool.Fingerprint);
        Rows = [.. members.Rows, .. nonMembers.Rows];
        Labels = [.. members.Labels, .. nonMembers.Labels];
        Population = AuditedImages.All(pool.Test).Sample(MostPopulation, RandomKey.Of(seed).With("population"));
    }

    /// <summary>What the non-members are.</summary>
    public string NonMembersAre { get; }

    /// <summary>How many members there are; as many non-members.</summary>
    public int Count => Members.Places.Length;

    internal AuditedImages Members { get; }

    internal AuditedImages NonMembers { get; }

    internal AuditedImages Population { get; }

    internal string Fingerprint { get; }

    /// <summary>The data-set row of each example, members first.</summary>
    internal IReadOnlyList<long> Rows { get; }

    /// <summary>The label of each example, members first.</summary>
    internal IReadOnlyList<long> Labels { get; }

    /// <summary>Chooses the examples.</summary>
    /// <param name="pool">The data of the run, without its subset.</param>
    /// <param name="subset">The run's subset; null for none.</param>
    /// <param name="checkpoint">Of the run.</param>
    /// <param name="most">How many members at most; null for as many as there are.</param>
    /// <param name="seed">Decides which.</param>
    /// <exception cref="TrainerException">
    /// The data are not those of the run, its training rows are not known, or poison or excluded rows are among the
    /// members alone.
    /// </exception>
    public static AuditedExamples Of(
        DataSplits pool, TrainingSubset? subset, Checkpoint checkpoint, int? most, long seed)
    {
        var trained = TrainedRows(pool, subset, checkpoint);
        CheckAlike(pool, subset);
        var all = AuditedImages.All(pool.Train, pool.TrainRows);
        var members = all.Where(trained.Contains);
        var nonMembers = subset is null ? AuditedImages.All(pool.Test) : all.Where(row => !trained.Contains(row));
        var count = new[] { members.Rows.Length, nonMembers.Rows.Length, most ?? int.MaxValue }.Min();
        var key = RandomKey.Of(seed).With("audit");
        // The names decide the draws.
        return new(members.Sample(count, key.With("members")), nonMembers.Sample(count, key.With("others")), pool,
            subset is null ? "test images" : "training rows that the run left out", seed);
    }

    /// <summary>The data-set rows that a run was trained on.</summary>
    /// <param name="pool">The data of the run, without its subset.</param>
    /// <param name="subset">The run's subset; null for none.</param>
    /// <param name="checkpoint">Of the run.</param>
    /// <exception cref="TrainerException">
    /// The data are not those of the run, or its training rows are not known.
    /// </exception>
    internal static IReadOnlySet<long> TrainedRows(DataSplits pool, TrainingSubset? subset, Checkpoint checkpoint)
    {
        if (pool.TrainRows.Count == 0)
            throw new TrainerException(ErrorKind.Data, $"The data source of '{checkpoint.Path}' does not say which "
                + "rows it trains on, and an audit has to know them. Make its parts with one of the built-in sources.");
        if (subset is null)
        {
            StoredData.CheckAll(checkpoint, pool);
            return pool.TrainRows.ToHashSet();
        }
        var (chosen, hash) = subset.Choose(pool.Name, NotHeldOut(pool), pool.Excluded);
        var rows = chosen.ToHashSet();
        var (found, expected) = (pool.SubsetFingerprint(rows, hash), checkpoint.State.DataFingerprint);
        return found == expected ? rows : throw new TrainerException(
            ErrorKind.Data, $"The training images differ from those of '{checkpoint.Path}': found the fingerprint "
            + $"{found}, expected {expected}. Put the same files back.");
    }

    /// <summary>Checks that members and non-members are poisoned and excluded alike.</summary>
    private static void CheckAlike(DataSplits pool, TrainingSubset? subset)
    {
        if (subset is null)
        {
            if ((pool.Poisoned is { Rows.Count: > 0 } ? "poison" : pool.Excluded.Count > 0 ? "exclude" : null)
                is { } option)
                throw new TrainerException(ErrorKind.Recipe, $"data.{option}: found one and no data.subset, so that "
                    + "the non-members would be test images, which are neither poisoned nor excluded. Train the "
                    + "audited run with --set 'data.subset={\"seed\":0}': the rows that it leaves out are of the same "
                    + "kind.");
            return;
        }
        var count = pool.Excluded.Count;
        var own = subset.Choose(pool.Name, NotHeldOut(pool), []).Rows.Intersect(pool.Excluded).Count();
        var share = subset.Complement ? 1 - subset.Fraction : subset.Fraction;
        if (Math.Abs(own - share * count) > MostDeviations * Math.Sqrt(count * share * (1 - share)))
            throw new TrainerException(ErrorKind.Recipe, $"data.exclude: found {own} of {count} rows among those of "
                + $"data.subset, expected about {Math.Round(share * count)}: an exclusion from the members alone would "
                + "tell them from the non-members. Exclude rows that trainer inspect found in a run without a subset.");
    }

    private static long[] NotHeldOut(DataSplits pool) => [.. pool.TrainRows.Concat(pool.Excluded).Order()];

    internal static PrivacyReport.Accuracy AccuracyOf(string images, Confidences found, bool[] isMember)
    {
        var correct = found.Correct.Zip(isMember).ToLookup(item => item.Second, item => item.First);
        return new(images, correct[true].Average(one => one ? 1.0 : 0), correct[false].Average(one => one ? 1.0 : 0));
    }
}
