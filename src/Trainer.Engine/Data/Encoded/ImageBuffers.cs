namespace Trainer.Engine.Data.Encoded;

/// <summary>
/// The memory in which one thread decodes image after image: what is allocated for each would stay until the garbage
/// collector comes, as much as many images need.
/// </summary>
internal sealed class ImageBuffers
{
    private readonly byte[][] steps = [[], []];
    private byte[] decoded = [];
    private int last;

    /// <summary>The target of the next step of preparation; its source may be the target of the step before.</summary>
    /// <param name="length">The least length.</param>
    public byte[] Next(int length) => Grown(ref steps[last = 1 - last], length, isPinned: false);

    /// <summary>The target of the decoder, at a fixed address.</summary>
    /// <param name="length">The least length.</param>
    public byte[] Decoded(int length) => Grown(ref decoded, length, isPinned: true);

    private static byte[] Grown(ref byte[] buffer, int length, bool isPinned) => buffer.Length >= length ? buffer
        : buffer = GC.AllocateUninitializedArray<byte>(length, isPinned);
}
