namespace Trainer.Engine.Storage.PyTorch;

/// <summary>A record of a zip archive.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Start">Where its header begins.</param>
/// <param name="Offset">Where its bytes begin, from the start of the file.</param>
/// <param name="Length">Number of its bytes, as they are in the archive.</param>
/// <param name="Checksum">Their CRC-32 where they are plain.</param>
/// <param name="IsPlain">Whether they are neither compressed nor encrypted.</param>
internal sealed record ZipRecord(string Name, long Start, long Offset, long Length, uint Checksum, bool IsPlain);
