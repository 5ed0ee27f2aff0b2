namespace Trainer.Engine.Storage.PyTorch;

/// <summary>Where a storage's elements are in the file.</summary>
/// <param name="Name">What the bytes are, for messages.</param>
/// <param name="Offset">The first byte, from the start of the file.</param>
/// <param name="Length">Number of bytes.</param>
/// <param name="Checksum">Their CRC-32; null where the format has none.</param>
internal sealed record StoragePlace(string Name, long Offset, long Length, uint? Checksum);

/// <summary>What a PyTorch file holds, of either format.</summary>
/// <param name="Root">The value that was saved.</param>
/// <param name="Storages">The places of its storages, by their keys.</param>
/// <param name="IsBigEndian">Whether the elements' bytes are in the other order.</param>
/// <param name="Metadata">What trainer export wrote beside it; empty for other files.</param>
internal sealed record TorchContents(
    object? Root, IReadOnlyDictionary<string, StoragePlace> Storages, bool IsBigEndian,
    IReadOnlyDictionary<string, string> Metadata);
