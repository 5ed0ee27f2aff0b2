using Trainer.Robustness.Native;

namespace Trainer.Tests.Native;

public sealed class SymbolVersionTests
{
    private static readonly byte[] Library = File.ReadAllBytes(Path.Combine(
        AppContext.BaseDirectory, "Fixtures", "libLibTorchSharp.so"));

    [Fact]
    public void Only_the_flags_of_the_required_version_change()
    {
        // readelf -SV of TorchSharp 0.107.0's file: .gnu.version_r begins at 0x3f8f0; "0x0140: Name: GLIBCXX_3.4.32
        // Flags: none"; vna_flags is 4 bytes on.
        const int flags = 0x3f8f0 + 0x140 + 4;
        var changed = Changed([.. Library]);
        Assert.Equal(
            [(flags, (byte)0, (byte)2)], Enumerable.Range(0, Library.Length)
            .Where(index => Library[index] != changed[index]).Select(index => (index, Library[index], changed[index])));
    }

    [Fact]
    public void A_file_that_is_no_ELF_is_refused() =>
        Assert.Throws<BadImageFormatException>(() => Changed(new byte[1000]));

    [Fact]
    public void A_file_that_does_not_require_the_version_is_refused()
    {
        var name = Library.AsSpan().IndexOf("GLIBCXX_3.4.32\0"u8);
        byte[] other = [.. Library];
        other[name + 13] = (byte)'1';
        Assert.Throws<BadImageFormatException>(() => Changed(other));
    }

    private static byte[] Changed(byte[] file)
    {
        var image = new ElfImage(file);
        SymbolVersion.MakeOptional(image);
        return image.Bytes;
    }
}
