namespace Trainer.Robustness.Native;

/// <summary>The libtorch of this process.</summary>
/// <param name="Folder">Where its files are.</param>
/// <param name="Version">The version that it states.</param>
/// <param name="IsPatched">
/// Whether TorchSharp's native library was loaded from a copy in memory that an older libstdc++ accepts.
/// </param>
public sealed record LoadedLibtorch(string Folder, string Version, bool IsPatched);
