namespace Trainer.Engine.Data;

/// <summary>A data set's parts.</summary>
/// <param name="Train">What training sees.</param>
/// <param name="Validation">Held out of the training images: a function of the data set and the count only, never of a seed. May be empty.</param>
/// <param name="Test">Looked at by the final evaluation alone.</param>
/// <param name="Fingerprint">A hash of all images and labels.</param>
public sealed record DataSplits(ImageData Train, ImageData Validation, ImageData Test, string Fingerprint) : IDisposable
{
    /// <summary>The same data on a device; disposes these where they had to move.</summary>
    public DataSplits To(Device device) => this with { Train = Train.To(device), Validation = Validation.To(device), Test = Test.To(device) };

    /// <inheritdoc/>
    public void Dispose()
    {
        Train.Dispose();
        Validation.Dispose();
        Test.Dispose();
    }
}
