namespace Trainer.Engine.Data.Encoded;

/// <summary>An image is smaller than the part of it that the recipe asks for: the recipe is at fault.</summary>
/// <param name="message">A predicate of the image, without a full stop.</param>
internal sealed class CropException(string message) : Exception(message);
