using System.Buffers.Binary;
using System.Text;

namespace Trainer.Robustness.Native;

/// <summary>
/// TorchSharp 0.107's native library requires one symbol version that libstdc++ before GCC 13 lacks (Debian 12, Ubuntu 22.04, RHEL 9).
/// The one symbol of that version is named but never called, so that its absence does no harm.
/// </summary>
internal static class SymbolVersion
{
    /// <summary>The version.</summary>
    public const string Name = "GLIBCXX_3.4.32";

    // ELF, 64 bits, little endian: System V ABI, and "Symbol Versioning" of the Linux Standard Base.
    private const int LoadSegment = 1, Dynamic = 2, StringTable = 5, ProgramHeader = 56;
    private const long VersionNeeds = 0x6ffffffe;
    private const byte Weak = 2;

    /// <summary>Marks the requirement as weak: the dynamic linker then accepts a library without this version.</summary>
    /// <param name="image">The bytes of the shared object; changed in place.</param>
    /// <returns>The same array.</returns>
    /// <exception cref="BadImageFormatException">It is no such file, or does not require the version.</exception>
    public static byte[] MadeOptional(byte[] image)
    {
        if (image.Length < 64 || !image.AsSpan(0, 6).SequenceEqual("\u007fELF\u0002\u0001"u8))
            throw new BadImageFormatException("Expected a 64-bit ELF file.");
        var dynamic = Segments(image).First(segment => segment.Type == Dynamic);
        var strings = FileOffset(image, DynamicEntry(image, dynamic.Offset, StringTable));
        for (var need = FileOffset(image, DynamicEntry(image, dynamic.Offset, VersionNeeds)); ; need += Int32(image, need + 12))
        {
            for (var version = need + Int32(image, need + 8); ; version += Int32(image, version + 12))
            {
                if (StartsWithName(image, strings + Int32(image, version + 8)))
                {
                    image[version + 4] |= Weak;
                    return image;
                }
                if (Int32(image, version + 12) == 0)
                    break;
            }
            if (Int32(image, need + 12) == 0)
                throw new BadImageFormatException($"The file does not require {Name}.");
        }
    }

    private static bool StartsWithName(byte[] image, int offset) =>
        image.AsSpan(offset).StartsWith(Encoding.ASCII.GetBytes($"{Name}\0"));

    private static IEnumerable<(int Type, int Offset, long Address, long Size)> Segments(byte[] image)
    {
        var first = (int)Int64(image, 32);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(56));
        for (var header = first; header < first + count * ProgramHeader; header += ProgramHeader)
            yield return (Int32(image, header), (int)Int64(image, header + 8), Int64(image, header + 16), Int64(image, header + 32));
    }

    private static int FileOffset(byte[] image, long address)
    {
        var segment = Segments(image).First(segment => segment.Type == LoadSegment && address >= segment.Address && address < segment.Address + segment.Size);
        return (int)(address - segment.Address) + segment.Offset;
    }

    private static long DynamicEntry(byte[] image, int table, long tag)
    {
        for (var entry = table; Int64(image, entry) is not 0 and var found; entry += 16)
            if (found == tag)
                return Int64(image, entry + 8);
        throw new BadImageFormatException($"The file has no dynamic entry {tag:x}.");
    }

    private static int Int32(byte[] image, int offset) => BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(offset));

    private static long Int64(byte[] image, int offset) => BinaryPrimitives.ReadInt64LittleEndian(image.AsSpan(offset));
}
