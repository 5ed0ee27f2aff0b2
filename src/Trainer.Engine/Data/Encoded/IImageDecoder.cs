namespace Trainer.Engine.Data.Encoded;

/// <summary>Makes pixels of the bytes of an image; any thread may call it.</summary>
internal interface IImageDecoder
{
    /// <summary>Whether an image takes long enough that several threads are faster than one.</summary>
    bool IsSlow { get; }

    /// <summary>Decodes an image.</summary>
    /// <param name="content">Its bytes.</param>
    /// <param name="buffers">Of the thread.</param>
    /// <param name="target">Becomes the planes where its length fits; null for new memory.</param>
    /// <returns>Its size, and its channels one after the other.</returns>
    /// <exception cref="InvalidDataException">The message is a predicate of the image.</exception>
    ((int Width, int Height, int Channels) Size, byte[] Planes) Decode(
        byte[] content, ImageBuffers buffers, byte[]? target);
}
