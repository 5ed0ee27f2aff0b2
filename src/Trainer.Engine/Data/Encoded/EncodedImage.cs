namespace Trainer.Engine.Data.Encoded;

/// <summary>One image of a data set, not decoded yet.</summary>
/// <param name="Place">Where it is: a file, or a file and a row.</param>
/// <param name="Label">Its class.</param>
/// <param name="Read">Reads its bytes, which are the decoder's; any thread may call it.</param>
internal sealed record EncodedImage(string Place, long Label, Func<byte[]> Read);
