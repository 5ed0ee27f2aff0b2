namespace Trainer.Engine.Storage;

/// <summary>What the manifest knows of a file.</summary>
/// <param name="Length">In bytes.</param>
/// <param name="Sha256">In lower-case hexadecimal digits.</param>
internal sealed record ManifestEntry(long Length, string Sha256);
