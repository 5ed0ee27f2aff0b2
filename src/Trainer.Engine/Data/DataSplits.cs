using System.Globalization;
using Trainer.Engine.Data.Poisoning;
using Trainer.Recipes;

namespace Trainer.Engine.Data;

/// <summary>A data set's parts.</summary>
/// <param name="Train">What training sees.</param>
/// <param name="Validation">
/// Held out of the training images: a function of the data set and the count only, never of a seed. May be empty.
/// </param>
/// <param name="Test">Looked at by the final evaluation alone.</param>
/// <param name="Fingerprint">A hash of all images and labels.</param>
/// <param name="Extra">Images that fill a part of each training batch; null for none.</param>
public sealed record DataSplits(
    ImageData Train, ImageData Validation, ImageData Test, string Fingerprint, ExtraImages? Extra = null) : IDisposable
{
    /// <summary>Begins the part of a fingerprint that identifies the subset, its end.</summary>
    internal const string SubsetMark = "+subset:";

    /// <summary>Begins the part that identifies the poisoned rows, their labels and the files of the poison.</summary>
    internal const string PoisonMark = "+poison:";

    private const string ExclusionMark = "+exclude:";
    private const double MuchMemory = 4e9;

    /// <summary>Held out of the training images.</summary>
    /// <exception cref="TrainerException">Their shape or classes differ from those of the training images.</exception>
    public ImageData Validation { get; init; } = CheckAlike(Validation, Train, "held-out");

    /// <summary>Looked at by the final evaluation alone.</summary>
    /// <exception cref="TrainerException">Their shape or classes differ from those of the training images.</exception>
    public ImageData Test { get; init; } = CheckAlike(Test, Train, "test");

    /// <summary>Reads a data set to train on it.</summary>
    /// <param name="source">What to read.</param>
    /// <param name="roots">As for <see cref="IDataSource.Load"/>.</param>
    /// <exception cref="TrainerException">
    /// Files are missing or damaged, or the data set does not do what it states with its training images.
    /// </exception>
    public static DataSplits Load(IDataSource source, IReadOnlyList<string> roots)
    {
        var splits = source.Load(roots);
        foreach (var (option, isStated, mark) in new[]
            { ("poison", source.Poison is not null, PoisonMark), ("exclude", source.Exclude is not null, ExclusionMark),
                ("subset", source.Subset is not null, SubsetMark) })
        {
            if (!isStated || splits.Fingerprint.Contains(mark, StringComparison.Ordinal))
                continue;
            splits.Dispose();
            throw new TrainerException(ErrorKind.Recipe, $"data.{option}: found one, but {source.GetType()} does not "
                + $"apply it to its training images. Leave it out, or have the data set split by DataSplits.Of.");
        }
        return splits;
    }

    /// <summary>Splits a data set that has been read.</summary>
    /// <param name="name">The data set's name, on which the held-out rows depend.</param>
    /// <param name="training">The training images, on the CPU; not kept.</param>
    /// <param name="test">The test images, on the CPU; kept.</param>
    /// <param name="options">What to do to the training images.</param>
    /// <exception cref="TrainerException">
    /// Nothing would be left to train on, or extra images, poison, excluded rows or subset do not fit.
    /// </exception>
    public static DataSplits Of(string name, ImageData training, ImageData test, SplitOptions options)
    {
        using var scope = NewDisposeScope();
        var (trainRows, validationRows) = ValidationSplit.Split(name, training.Count, options.Validation);
        var (fingerprint, testFingerprint) = Trainer.Engine.Data.Fingerprint.Of(training, test);
        // An exclusion leaves the other rows poisoned as they were.
        var poisoner = options.Poison is null ? null : Poisoner.Of(options.Poison, name, training, trainRows);
        var (kept, excluded, exclusion) = ExcludedRows.Without(
            trainRows, options.Exclude, training.Count, fingerprint);
        var (rows, subset) = options.Subset is { } part ? part.Choose(name, trainRows, excluded) : (kept, null);
        var opened = options.Extra is null ? null
            : ExtraImages.Open(options.Extra, training.Shape, training.Classes);
        var train = training.Select(tensor(rows));
        var poisoned = poisoner?.Apply(train, rows);
        return new DataSplits(
            train,
            training.Select(tensor(validationRows)),
            test.Keep(),
            string.Concat(
                fingerprint, opened is null ? "" : $"+{opened.Fingerprint()}",
                poisoned is null ? "" : $"{PoisonMark}{poisoned.Fingerprint}",
                exclusion is null ? "" : $"{ExclusionMark}{exclusion}", subset is null ? "" : $"{SubsetMark}{subset}"),
            opened)
        {
            TestFingerprint = testFingerprint,
            TrainRows = rows,
            ValidationRows = validationRows,
            Name = name,
            Poisoned = poisoned,
            Excluded = excluded,
        };
    }

    /// <summary>Test images alone: the other parts have no images, of the same shape and classes.</summary>
    /// <param name="test">On the CPU; kept.</param>
    internal static DataSplits OfTest(ImageData test)
    {
        using var scope = NewDisposeScope();
        var none = zeros(0, ScalarType.Int64);
        var fingerprint = Trainer.Engine.Data.Fingerprint.Of(test);
        return new(test.Select(none), test.Select(none), test.Keep(), fingerprint) { TestFingerprint = fingerprint };
    }

    /// <summary>The data-set rows that a poison would choose, without those of noise.</summary>
    /// <exception cref="TrainerException">There are too few rows, or the rate is none.</exception>
    internal IReadOnlyList<long> RowsFor(IPoison poison)
    {
        using var labels = Train.Labels.cpu();
        return PoisonChoice.Of(
            poison, Name, TrainRows.Count + ValidationRows.Count,
            [.. TrainRows.Zip(labels.data<long>().ToArray())]).Rows;
    }

    /// <summary>A hash of the test images and labels alone, by which evaluations are recognised.</summary>
    public string TestFingerprint
    {
        get => field ??= Trainer.Engine.Data.Fingerprint.Of(Test);
        private init;
    }

    /// <summary>
    /// The data-set row of each training image, before any row is held out; empty where there are none.
    /// </summary>
    public IReadOnlyList<long> TrainRows { get; private init; } = [];

    /// <summary>The data-set row of each held-out image.</summary>
    public IReadOnlyList<long> ValidationRows { get; private init; } = [];

    /// <summary>The name on which the held-out rows depend; empty where the data source has no such rows.</summary>
    public string Name { get; private init; } = "";

    /// <summary>The training rows that an attacker changed; null where the recipe has no poison.</summary>
    public PoisonedRows? Poisoned { get; private init; }

    /// <summary>The training rows that <c>data.exclude</c> leaves out, ascending.</summary>
    public IReadOnlyList<long> Excluded { get; private init; } = [];

    /// <summary>Where images are not read or kept as usual: sentences without a full stop.</summary>
    public IEnumerable<string> Notes
    {
        get
        {
            if (LayoutDoubt.Of(Train.Shape) is { } doubt)
                yield return doubt;
            if (Train.IsStreamed)
                yield return Streams("training", Train, Validation);
            if (Test.IsStreamed)
                yield return Streams("test", Test);
            var length = new[] { Train, Validation, Test }.Where(part => !part.IsStreamed).Sum(part => part.Length);
            if (length > MuchMemory)
                yield return $"Keeps {Gigabytes(length)} GB of images in memory, on the device";
            if (Poisoned is { } poisoned)
                yield return $"Poisons {poisoned.Rows.Count(row => !row.IsNoise)} of the {Train.Count} training images"
                    + (poisoned.Rows.Count(row => row.IsNoise) is > 0 and var noise ? $" and changes {noise} "
                    + "noise rows, which keep their labels" : "");
        }
    }

    /// <summary>The fingerprint of the same data with a subset of their rows.</summary>
    /// <param name="rows">The subset's.</param>
    /// <param name="hash">Of the subset.</param>
    internal string SubsetFingerprint(IReadOnlySet<long> rows, string? hash) => (Poisoned is null ? Fingerprint
        : Fingerprint.Replace(
            $"{PoisonMark}{Poisoned.Fingerprint}", $"{PoisonMark}{Poisoned.Within(rows).Fingerprint}",
            StringComparison.Ordinal)) + SubsetMark + hash;

    /// <summary>The same data on a device; disposes these where they had to move.</summary>
    public DataSplits To(Device device) =>
        this with { Train = Train.To(device), Validation = Validation.To(device), Test = Test.To(device) };

    private static string Streams(string name, params ReadOnlySpan<ImageData> parts)
    {
        var (count, length) = (0L, 0L);
        foreach (var part in parts)
            (count, length) = (count + part.Count, length + part.Length);
        return string.Create(CultureInfo.InvariantCulture, $"Streams the {name} images: {count:N0} of {parts[0].Shape} "
            + $"need {Gigabytes(length)} GB, more than is left of data.stream.memoryGB");
    }

    private static string Gigabytes(long length) => (length / 1e9).ToString("G3", CultureInfo.InvariantCulture);

    private static ImageData CheckAlike(ImageData images, ImageData training, string name)
    {
        if (images.Shape != training.Shape || images.Classes != training.Classes)
            throw new TrainerException(
                ErrorKind.Data,
                $"The {name} images are {images.Shape} of {images.Classes} classes, "
                + $"but the training images are {training.Shape} of"
                + $" {training.Classes}. Make them alike.");
        return NamedClasses.Difference(images.ClassNames, training.ClassNames) is not { } difference ? images
            : throw new TrainerException(ErrorKind.Data, $"The {name} images' classes are not those of the training "
                + $"images: {difference}. Make their names and order the same.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Train.Dispose();
        Validation.Dispose();
        Test.Dispose();
        Extra?.Dispose();
    }
}
