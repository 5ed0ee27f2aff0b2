using Trainer.Engine.Data;
using Trainer.Recipes;

namespace Trainer.Engine.Checkpoints;

/// <summary>Compares the data that a checkpoint's run had with those that are loaded, by their fingerprints.</summary>
public static class StoredData
{
    private const string Folder = "name another folder with --run";

    /// <summary>Checks training and test images before a run is resumed.</summary>
    /// <param name="checkpoint">Of the run.</param>
    /// <param name="data">All parts.</param>
    /// <exception cref="TrainerException">They are not the data of the run.</exception>
    internal static void Check(Checkpoint checkpoint, DataSplits data)
    {
        var (found, expected) = (data.Fingerprint, checkpoint.State.DataFingerprint);
        var otherTest = IsOtherTest(checkpoint, data);
        if (found == expected && !otherTest)
            return;
        // Of a data source that names its data itself, the test images may change under one name.
        throw otherTest
            ? Differ("test images", checkpoint, data.TestFingerprint, checkpoint.State.TestFingerprint, Folder)
            : Differ(
                checkpoint.State.TestFingerprint is null ? "data"
                : "training images", checkpoint, found, expected, Folder);
    }

    /// <summary>Checks training and test images before those that a checkpoint was trained on are looked at.</summary>
    /// <inheritdoc cref="Check"/>
    public static void CheckAll(Checkpoint checkpoint, DataSplits data) => Check(checkpoint, data);

    /// <summary>Checks the test images before a checkpoint is measured on them.</summary>
    /// <param name="checkpoint">Of the run.</param>
    /// <param name="data">Its test images at least.</param>
    /// <param name="advice">What else to do than to put the files back: "name the other test set with --data".</param>
    /// <exception cref="TrainerException">They are not the test images of the run.</exception>
    public static void CheckTest(Checkpoint checkpoint, DataSplits data, string? advice = null)
    {
        if (IsOtherTest(checkpoint, data))
            throw Differ("test images", checkpoint, data.TestFingerprint, checkpoint.State.TestFingerprint, advice);
    }

    /// <summary>Checks the classes of another test set before a checkpoint is measured on it.</summary>
    /// <param name="checkpoint">Of the run.</param>
    /// <param name="data">Its test images at least.</param>
    /// <exception cref="TrainerException">
    /// Their names or their order are not those of the run, where it recorded them and the images have some.
    /// </exception>
    public static void CheckClasses(Checkpoint checkpoint, DataSplits data)
    {
        if (checkpoint.State.ClassNames is { } names
            && NamedClasses.Difference(data.Test.ClassNames, names) is { } difference)
            throw new TrainerException(ErrorKind.Data, $"The test images' classes are not those of "
                + $"'{checkpoint.Path}': {difference}. Make their names and order those of the run's training images.");
    }

    /// <summary>Checks the poison before its trigger is measured: rows, labels, and the files that it reads.</summary>
    /// <param name="checkpoint">Of the run.</param>
    /// <param name="data">With the poison of its recipe.</param>
    /// <exception cref="TrainerException">It is not the run's.</exception>
    public static void CheckPoison(Checkpoint checkpoint, DataSplits data)
    {
        var (found, expected) = (Poison(data.Fingerprint), Poison(checkpoint.State.DataFingerprint));
        if (found != expected)
            throw Differ("poisoned rows, or the files of data.poison,", checkpoint, found, expected,
                "state another poison with --set data.poison=JSON");

        static string Poison(string fingerprint) => fingerprint.Split('+')
            .FirstOrDefault(part => $"+{part}".StartsWith(DataSplits.PoisonMark, StringComparison.Ordinal), "none");
    }

    /// <summary>
    /// Whether the test images are others than those of the checkpoint's run; false where the checkpoint did not record
    /// them.
    /// </summary>
    /// <param name="checkpoint">Of the run.</param>
    /// <param name="data">The test images at least.</param>
    public static bool IsOtherTest(Checkpoint checkpoint, DataSplits data) =>
        checkpoint.State.TestFingerprint is { } expected && expected != data.TestFingerprint;

    private static TrainerException Differ(
        string what, Checkpoint checkpoint, string found, string? expected, string? advice) => new(
        ErrorKind.Data,
        $"The {what} differ from those of '{checkpoint.Path}': found the fingerprint {found}, expected {expected}. "
        + $"Put the same files back{(advice is null ? "" : $", or {advice}")}.");
}
