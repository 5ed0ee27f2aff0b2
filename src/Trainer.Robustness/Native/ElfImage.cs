using System.Buffers.Binary;

namespace Trainer.Robustness.Native;

/// <summary>
/// The bytes of a shared object of Linux (ELF, 64 bits, little endian: System V ABI), read and changed in memory before
/// it is loaded.
/// </summary>
internal sealed class ElfImage
{
    private const int LoadSegment = 1, DynamicSegment = 2, ProgramHeader = 56;
    private const long StringTable = 5, SymbolTable = 6;
    private const int SymbolSize = 24;
    private readonly List<(int Type, int Offset, long Address, long Size)> segments = [];

    /// <param name="bytes">The file's; changed in place.</param>
    /// <exception cref="BadImageFormatException">They are no such file.</exception>
    public ElfImage(byte[] bytes)
    {
        if (bytes.Length < 64 || !bytes.AsSpan(0, 6).SequenceEqual("\u007fELF\u0002\u0001"u8))
            throw new BadImageFormatException("Expected a 64-bit ELF file.");
        Bytes = bytes;
        var first = (int)Int64(32);
        for (var header = first; header < first + UInt16(56) * ProgramHeader; header += ProgramHeader)
            segments.Add((Int32(header), (int)Int64(header + 8), Int64(header + 16), Int64(header + 32)));
        Strings = FileOffset(DynamicEntry(StringTable));
    }

    /// <summary>The file, with all changes.</summary>
    public byte[] Bytes { get; }

    /// <summary>Whether its code is for x86-64.</summary>
    public bool IsX64 => UInt16(18) == 62;

    /// <summary>Where the names of the dynamic symbols and versions begin.</summary>
    public int Strings { get; }

    /// <returns>Where the code of an exported function is in the file, and how many bytes it has.</returns>
    /// <exception cref="BadImageFormatException">The file exports no such function.</exception>
    public (int Offset, int Length) Function(string name)
    {
        // Linkers put the table of names directly behind that of the symbols, whose length is written nowhere.
        for (var symbol = FileOffset(DynamicEntry(SymbolTable)); symbol < Strings; symbol += SymbolSize)
            if (Int64(symbol + 8) != 0 && HasName(Strings + Int32(symbol), name))
                return (FileOffset(Int64(symbol + 8)), (int)Int64(symbol + 16));
        throw new BadImageFormatException($"The file exports no {name}.");
    }

    /// <returns>Whether a name of the file is the given one.</returns>
    public bool HasName(int offset, string name) =>
        Bytes.AsSpan(offset).StartsWith(System.Text.Encoding.ASCII.GetBytes($"{name}\0"));

    /// <returns>Where in the file the bytes are that a loaded image has at an address.</returns>
    public int FileOffset(long address)
    {
        var (_, offset, start, _) = segments.First(segment =>
            segment.Type == LoadSegment && address >= segment.Address && address < segment.Address + segment.Size);
        return (int)(address - start) + offset;
    }

    /// <returns>The value of the dynamic section's entry with a tag.</returns>
    public long DynamicEntry(long tag)
    {
        var section = segments.First(segment => segment.Type == DynamicSegment).Offset;
        for (var entry = section; Int64(entry) is not 0 and var found; entry += 16)
            if (found == tag)
                return Int64(entry + 8);
        throw new BadImageFormatException($"The file has no dynamic entry {tag:x}.");
    }

    public int Int32(int offset) => BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(offset));

    private ushort UInt16(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(Bytes.AsSpan(offset));

    private long Int64(int offset) => BinaryPrimitives.ReadInt64LittleEndian(Bytes.AsSpan(offset));
}
