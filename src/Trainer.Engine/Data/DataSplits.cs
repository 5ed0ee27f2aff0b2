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
    /// <summary>Held out of the training images.</summary>
    /// <exception cref="TrainerException">Their shape or classes differ from those of the training images.</exception>
    public ImageData Validation { get; init; } = CheckAlike(Validation, Train, "held-out");

    /// <summary>Looked at by the final evaluation alone.</summary>
    /// <exception cref="TrainerException">Their shape or classes differ from those of the training images.</exception>
    public ImageData Test { get; init; } = CheckAlike(Test, Train, "test");

    /// <summary>Splits a data set that has been read.</summary>
    /// <param name="name">The data set's name, on which the held-out rows depend.</param>
    /// <param name="training">The training images, on the CPU; not kept.</param>
    /// <param name="test">The test images, on the CPU; kept.</param>
    /// <param name="validation">How many of the training images to hold out.</param>
    /// <param name="extra">Images to mix with the training images; null for none.</param>
    /// <exception cref="TrainerException">
    /// Nothing would be left to train on, or the extra images do not fit.
    /// </exception>
    internal static DataSplits Of(string name, ImageData training, ImageData test, int validation, ExtraData? extra)
    {
        using var scope = NewDisposeScope();
        var (trainRows, validationRows) = ValidationSplit.Split(name, training.Count, validation);
        var opened = extra is null ? null : ExtraImages.Open(extra, training.Shape, training.Classes);
        var fingerprint = Trainer.Engine.Data.Fingerprint.Of(training, test);
        return new DataSplits(
            training.Select(tensor(trainRows)),
            training.Select(tensor(validationRows)),
            test with { Images = test.Images.DetachFromDisposeScope(), Labels = test.Labels.DetachFromDisposeScope() },
            opened is null ? fingerprint : $"{fingerprint}+{opened.Fingerprint()}",
            opened);
    }

    /// <summary>Test images alone: the other parts have no images, of the same shape and classes.</summary>
    /// <param name="test">On the CPU; kept.</param>
    internal static DataSplits OfTest(ImageData test)
    {
        using var scope = NewDisposeScope();
        var none = zeros(0, ScalarType.Int64);
        var kept = test with
        {
            Images = test.Images.DetachFromDisposeScope(),
            Labels = test.Labels.DetachFromDisposeScope(),
        };
        return new(test.Select(none), test.Select(none), kept, Trainer.Engine.Data.Fingerprint.Of(test));
    }

    /// <summary>A hash of the test images and labels alone, by which evaluations are known again.</summary>
    public string TestFingerprint => field ??= Trainer.Engine.Data.Fingerprint.Of(Test);

    /// <summary>The same data on a device; disposes these where they had to move.</summary>
    public DataSplits To(Device device) =>
        this with { Train = Train.To(device), Validation = Validation.To(device), Test = Test.To(device) };

    private static ImageData CheckAlike(ImageData images, ImageData training, string name) =>
        images.Shape == training.Shape && images.Classes == training.Classes ? images
        : throw new TrainerException(
            ErrorKind.Data,
            $"The {name} images are {images.Shape} of {images.Classes} classes, "
            + $"but the training images are {training.Shape} of"
            + $" {training.Classes}. Make them alike.");

    /// <inheritdoc/>
    public void Dispose()
    {
        Train.Dispose();
        Validation.Dispose();
        Test.Dispose();
        Extra?.Dispose();
    }
}
