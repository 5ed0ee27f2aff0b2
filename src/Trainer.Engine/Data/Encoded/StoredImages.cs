namespace Trainer.Engine.Data.Encoded;

/// <summary>Encoded images, each of which can be read at any time.</summary>
/// <param name="Images">In the data set's order.</param>
/// <param name="File">The file that holds them, where it is open meanwhile.</param>
internal sealed record StoredImages(IReadOnlyList<EncodedImage> Images, IDisposable? File = null);
