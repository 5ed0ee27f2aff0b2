namespace Trainer.Robustness.Native;

/// <summary>
/// TorchSharp 0.107's native library requires one symbol version that libstdc++ before GCC 13 lacks (Debian 12, Ubuntu
/// 22.04, RHEL 9). The one symbol of that version is named but never called, so that its absence does no harm.
/// </summary>
internal static class SymbolVersion
{
    /// <summary>The version.</summary>
    public const string Name = "GLIBCXX_3.4.32";

    /// <summary>The symbol of that version.</summary>
    public const string Symbol = "_ZSt21ios_base_library_initv";

    // "Symbol Versioning" of the Linux Standard Base.
    private const long VersionNeeds = 0x6ffffffe;
    private const byte Weak = 2;

    /// <summary>
    /// Marks the requirement as weak: the dynamic linker then accepts a library without this version.
    /// </summary>
    /// <param name="image">The shared object; changed in place.</param>
    /// <exception cref="BadImageFormatException">It does not require the version.</exception>
    public static void MakeOptional(ElfImage image)
    {
        for (var need = image.FileOffset(image.DynamicEntry(VersionNeeds)); ; need += image.Int32(need + 12))
        {
            for (var version = need + image.Int32(need + 8); ; version += image.Int32(version + 12))
            {
                if (image.HasName(image.Strings + image.Int32(version + 8), Name))
                {
                    image.Bytes[version + 4] |= Weak;
                    return;
                }
                if (image.Int32(version + 12) == 0)
                    break;
            }
            if (image.Int32(need + 12) == 0)
                throw new BadImageFormatException($"The file does not require {Name}.");
        }
    }
}
