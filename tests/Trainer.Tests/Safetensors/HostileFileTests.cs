using System.Text;
using Trainer.Engine.Storage.Safetensors;
using static Trainer.Engine.Storage.Safetensors.SafetensorsError;

namespace Trainer.Tests.Safetensors;

public sealed class HostileFileTests
{
    private const string Sound = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    private static readonly Dictionary<string, (byte[] File, SafetensorsError Error)> Files = new()
    {
        ["empty file"] = ([], TooShort),
        ["seven bytes"] = (new byte[7], TooShort),
        ["header of 100,000,001 bytes"] = (HeaderBytes.File("{}", 0, 100_000_001), HeaderTooLarge),
        ["header of 2^64 - 1 bytes"] = (HeaderBytes.File("{}", 0, ulong.MaxValue), HeaderTooLarge),
        ["header of 2^63 bytes"] = (HeaderBytes.File("{}", 0, 1UL << 63), HeaderTooLarge),
        ["header longer than the file"] = (HeaderBytes.File("{}", 0, 3), HeaderTruncated),
        ["header of no bytes"] = (HeaderBytes.File("", 0), InvalidJson),
        ["zip archive"] = (Encoding.ASCII.GetBytes("PK\u0003\u0004" + new string('x', 100)),
            SafetensorsError.OtherFormat),
        ["invalid UTF-8"] = (HeaderBytes.File(
            [(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}'], 0), InvalidUtf8),
        ["UTF-8 of a surrogate"] = (HeaderBytes.File([(byte)'{', (byte)'"', 0xED, 0xA0, 0x80, (byte)'"', (byte)':',
            (byte)'1', (byte)'}'], 0), InvalidUtf8),
        ["escaped half of a surrogate pair"] = (Header("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8), InvalidUtf8),
        ["byte order mark"] = (Header("\uFEFF" + Sound, 8), InvalidJson),
        ["space before the header"] = (Header(" " + Sound, 8), InvalidHeader),
        ["JSON that ends early"] = (Header(Sound[..^1], 8), InvalidJson),
        ["JSON after the header"] = (Header(Sound + "{}", 8), InvalidJson),
        ["zeros after the header"] = (Header(Sound + "\0\0", 8), InvalidJson),
        ["comment in the header"] = (Header("{/**/}", 0), InvalidJson),
        ["trailing comma"] = (Header(Sound[..^1] + ",}", 8), InvalidJson),
        ["nesting of 100,000 arrays"] = (Header("""{"a":{"dtype":"F32","shape":""" + new string('[', 100_000), 0), InvalidShape),
        ["header that is an array"] = (Header("[]", 0), InvalidHeader),
        ["header that is null"] = (Header("null", 0), InvalidHeader),
        ["header that is a number"] = (Header("7", 0), InvalidHeader),
        ["entry that is a number"] = (Header("""{"a":1}""", 0), InvalidHeader),
        ["entry that is null"] = (Header("""{"a":null}""", 0), InvalidHeader),
        ["entry without a dtype"] = (Header("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8), InvalidHeader),
        ["entry without a shape"] = (Header("""{"a":{"dtype":"F32","data_offsets":[0,8]}}""", 8), InvalidHeader),
        ["entry without offsets"] = (Header("""{"a":{"dtype":"F32","shape":[2]}}""", 8), InvalidHeader),
        ["unknown field"] = (Header("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"scale":2}}""", 8), InvalidHeader),
        ["dtype that is a number"] = (Entry("1", "[2]", "[0,8]"), InvalidHeader),
        ["shape that is a number"] = (Entry("\"F32\"", "2", "[0,8]"), InvalidHeader),
        ["offsets that are an object"] = (Entry("\"F32\"", "[2]", "{}"), InvalidHeader),
        ["metadata that is a list"] = (Header("""{"__metadata__":[]}""", 0), InvalidMetadata),
        ["metadata with a number"] = (Header("""{"__metadata__":{"a":1}}""", 0), InvalidMetadata),
        ["metadata that looks like a tensor"] = (Header("""{"__metadata__":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8), InvalidMetadata),
        ["metadata twice"] = (Header("""{"__metadata__":{},"__metadata__":{}}""", 0), DuplicateName),
        ["metadata key twice"] = (Header("""{"__metadata__":{"a":"1","a":"2"}}""", 0), DuplicateName),
        ["name twice"] = (Header("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2), DuplicateName),
        ["name twice, once escaped"] = (Header("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2), DuplicateName),
        ["field twice"] = (Header("""{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8), DuplicateName),
        ["unknown dtype"] = (Entry("\"F33\"", "[2]", "[0,8]"), UnknownDtype),
        ["lower-case dtype"] = (Entry("\"f32\"", "[2]", "[0,8]"), UnknownDtype),
        ["dtype that torch lacks"] = (Entry("\"U32\"", "[2]", "[0,8]"), UnknownDtype),
        ["negative size"] = (Entry("\"F32\"", "[-2]", "[0,8]"), InvalidShape),
        ["two negative sizes"] = (Entry("\"F32\"", "[-2,-1]", "[0,8]"), InvalidShape),
        ["fractional size"] = (Entry("\"F32\"", "[2.0]", "[0,8]"), InvalidShape),
        ["size with an exponent"] = (Entry("\"F32\"", "[2e0]", "[0,8]"), InvalidShape),
        ["size that is a string"] = (Entry("\"F32\"", "[\"2\"]", "[0,8]"), InvalidShape),
        ["size that is null"] = (Entry("\"F32\"", "[null]", "[0,8]"), InvalidShape),
        ["65 dimensions"] = (Entry("\"F32\"", "[" + string.Join(",", Enumerable.Repeat("1", 65)) + "]", "[0,4]"),
            InvalidShape),
        ["negative offset"] = (Entry("\"F32\"", "[2]", "[-8,0]"), InvalidOffsets),
        ["end before begin"] = (Entry("\"F32\"", "[2]", "[8,0]"), InvalidOffsets),
        ["one offset"] = (Entry("\"F32\"", "[2]", "[0]"), InvalidOffsets),
        ["three offsets"] = (Entry("\"F32\"", "[2]", "[0,8,8]"), InvalidOffsets),
        ["fractional offset"] = (Entry("\"F32\"", "[2]", "[0,8.5]"), InvalidOffsets),
        ["size above 2^63"] = (Entry("\"F32\"", "[9223372036854775808]", "[0,8]"), Overflow),
        ["size of forty digits"] = (Entry("\"F32\"", $"[{new string('9', 40)}]", "[0,8]"), Overflow),
        ["sizes whose product wraps to two"] = (Entry("\"F32\"", "[4611686018427387905,2]", "[0,8]"), Overflow),
        ["sizes that wrap 128 bits"] = (Entry("\"F32\"", "[" + string.Join(
            ",", Enumerable.Repeat("9223372036854775807", 5)) + "]", "[0,8]"), Overflow),
        ["bytes that wrap"] = (Entry("\"F32\"", "[4611686018427387906]", "[0,8]"), Overflow),
        ["huge sizes hidden behind a zero"] = (Entry("\"F32\"", "[0,4611686018427387904,4611686018427387904]", "[0,0]"),
            Overflow),
        ["offset above 2^63"] = (Entry("\"F32\"", "[2]", "[18446744073709551608,18446744073709551616]"), Overflow),
        ["offset at the end of 63 bits"] = (Entry("\"F32\"", "[2]", "[9223372036854775799,9223372036854775807]"),
            Overflow),
        ["shape larger than its bytes"] = (Entry("\"F32\"", "[3]", "[0,8]"), SizeMismatch),
        ["shape smaller than its bytes"] = (Entry("\"F32\"", "[1]", "[0,8]"), SizeMismatch),
        ["dtype larger than its bytes"] = (Entry("\"F64\"", "[2]", "[0,8]"), SizeMismatch),
        ["scalar of two elements"] = (Entry("\"F32\"", "[]", "[0,8]"), SizeMismatch),
        ["overlap"] = (Header("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[3,7]}}""", 7), Overlap),
        ["the same bytes twice"] = (Header("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4), Overlap),
        ["empty tensor within another"] = (Header("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}}""", 4), Overlap),
        ["hole at the start"] = (Entry("\"U8\"", "[4]", "[4,8]"), Hole),
        ["hole between"] = (Header("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[5,9]}}""", 9), Hole),
        ["empty tensor far away"] = (Header("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[1000,1000]}}""", 0), Hole),
        ["one byte missing"] = (Header(Sound, 7), Truncated),
        ["a terabyte claimed"] = (Entry("\"U8\"", "[1099511627776]", "[0,1099511627776]"), Truncated),
        ["one byte too many"] = (Header(Sound, 9), TrailingBytes),
        ["data without a tensor"] = (Header("{}", 1), TrailingBytes),
    };

    public static TheoryData<string> Names => [.. Files.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_malformed_file_is_refused_by_name(string name)
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("hostile.safetensors");
        File.WriteAllBytes(path, Files[name].File);

        var exception = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(path));

        Assert.Equal(Files[name].Error, exception.Error);
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_that_hostile_ones_differ_from_is_sound()
    {
        var entry = Assert.Single(HeaderBytes.Read(Header(Sound + "   ", 8)).Entries);
        Assert.Equal(("a", 8L), (entry.Name, entry.Length));
    }

    [Fact]
    public void Every_kind_of_error_in_a_file_has_a_hostile_file() => Assert.Equal(
        Enum.GetValues<SafetensorsError>().Except([NoSuchTensor]).Order(),
        Files.Values.Select(file => file.Error).Distinct().Order());

    [Fact]
    public void A_refused_file_is_closed_again()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.At("a"), [1]);
        Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(folder.At("a")));
        using var exclusive = new FileStream(folder.At("a"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.Equal(1, exclusive.Length);
    }

    private static byte[] Header(string json, int dataLength) => HeaderBytes.File(json, dataLength);

    private static byte[] Entry(string dtype, string shape, string offsets) =>
        HeaderBytes.File($$$"""{"a":{"dtype":{{{dtype}}},"shape":{{{shape}}},"data_offsets":{{{offsets}}}}}""", 8);
}
