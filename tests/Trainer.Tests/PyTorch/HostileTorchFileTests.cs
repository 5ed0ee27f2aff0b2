using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Trainer.Engine.Storage.PyTorch;
using Trainer.Engine.Weights;
using Trainer.Recipes;

namespace Trainer.Tests.PyTorch;

/// <summary>Files that are damaged, or made to do harm: each ends in one defined error.</summary>
public sealed class HostileTorchFileTests
{
    private static readonly byte[] Four = new byte[16];

    /// <summary>What follows the key "w" in a dict, and what is found wrong with it.</summary>
    public static TheoryData<string, byte[], TorchFileError, string> Pickles
    {
        get
        {
            byte[] call = [.. TorchBytes.Global("os", "system"), .. "("u8, .. TorchBytes.Text("id"), .. "tR"u8];
            byte[] tensor = TorchBytes.Tensor(4, 0, [2, 2], [2, 1]);
            byte[] storage = [.. TorchBytes.Global("torch", "FloatStorage")];
            return new()
            {
                { "a call", call, TorchFileError.Refused, "it asks for 'os.system'" },
                { "STACK_GLOBAL", [.. TorchBytes.Text("os"), .. TorchBytes.Text("system"), 0x93],
                    TorchFileError.Refused, "it asks for 'os.system'" },
                { "a module that begins like torch", TorchBytes.Global("torch.hub", "load"), TorchFileError.Refused,
                    "it asks for 'torch.hub.load'" },
                { "pickled bytes", TorchBytes.Global("torch.storage", "_load_from_bytes"), TorchFileError.Refused,
                    "it asks for 'torch.storage._load_from_bytes'" },
                { "INST", [.. "(ios\nsystem\n"u8], TorchFileError.Refused, "the instruction 0x69" },
                { "OBJ", [.. "("u8, .. storage, .. "o"u8], TorchFileError.Refused, "the instruction 0x6f" },
                { "NEWOBJ", [.. storage, .. ")"u8, 0x81], TorchFileError.Refused, "the instruction 0x81" },
                { "NEWOBJ_EX", [.. storage, .. ")}"u8, 0x92], TorchFileError.Refused, "the instruction 0x92" },
                { "EXT1", [0x82, 1], TorchFileError.Refused, "the instruction 0x82" },
                { "a persistent text", [.. "Px\n"u8], TorchFileError.Refused, "the instruction 0x50" },
                { "a call of a tensor", [.. tensor, .. ")R"u8], TorchFileError.Refused, "it calls something" },
                { "a call of a storage's class", [.. storage, .. ")R"u8], TorchFileError.InvalidTensor,
                    "torch.FloatStorage is called with ()" },
                { "attributes of a tensor", [.. tensor, .. "}b"u8], TorchFileError.Refused,
                    "a tensor is given attributes" },
                { "a repeated row beyond the storage", TorchBytes.Tensor(4, 1, [2, 4], [0, 1]),
                    TorchFileError.InvalidTensor, "does not fit its storage" },
                { "more elements than the storage", TorchBytes.Tensor(4, 0, [5], [1]), TorchFileError.InvalidTensor,
                    "sizes [5], strides [1] and offset 0 does not fit its storage '0' of 4 elements" },
                { "an offset beyond the storage", TorchBytes.Tensor(4, 3, [2], [1]), TorchFileError.InvalidTensor,
                    "does not fit its storage" },
                { "a stride beyond the storage", TorchBytes.Tensor(4, 0, [2], [4]), TorchFileError.InvalidTensor,
                    "does not fit its storage" },
                { "a bomb of repeated elements", TorchBytes.Tensor(4, 0, [1 << 30, 1 << 30], [0, 0]),
                    TorchFileError.InvalidTensor, "repeats the 4 elements of its storage '0'" },
                { "one repeated element too many", TorchBytes.Tensor(4, 0, [(1 << 20) + 1], [0]),
                    TorchFileError.InvalidTensor, "to more than 1048576; save tensor.contiguous()" },
                { "sizes beyond 63 bits", TorchBytes.Tensor(4, 0, [1 << 30, 1 << 30, 1 << 30], [1, 1, 1]),
                    TorchFileError.InvalidTensor, "takes more than 63 bits" },
                { "a negative size", TorchBytes.Tensor(4, 0, [-1], [1]), TorchFileError.InvalidTensor, "is none" },
                { "a negative stride", TorchBytes.Tensor(4, 3, [2], [-1]), TorchFileError.InvalidTensor, "is none" },
                { "a stride too few", TorchBytes.Tensor(4, 0, [2, 2], [1]), TorchFileError.InvalidTensor, "is none" },
                { "a storage of another length", TorchBytes.Tensor(5, 0, [4], [1]), TorchFileError.InvalidTensor,
                    "the record 'archive/data/0' has 16 bytes, and 5 values of Float32 take 20" },
                { "a storage of another type", TorchBytes.Tensor(4, 0, [4], [1], "DoubleStorage"),
                    TorchFileError.InvalidTensor, "has 16 bytes" },
                { "a negative storage", TorchBytes.Tensor(-1, 0, [0], [1]), TorchFileError.InvalidTensor,
                    "the storage '0' claims -1 elements" },
                { "a storage of two lengths", [.. tensor, .. "0"u8, .. TorchBytes.Tensor(3, 0, [3], [1])],
                    TorchFileError.InvalidTensor, "is 4 Float32 and 3 Float32" },
                { "a type that is not read", TorchBytes.Tensor(4, 0, [4], [1], "ComplexFloatStorage"),
                    TorchFileError.Refused, "it asks for 'torch.ComplexFloatStorage'" },
                { "a text longer than the file", [(byte)'X', 0xff, 0xff, 0xff, 0xff], TorchFileError.InvalidPickle,
                    "4294967295 bytes are needed" },
                { "a text of negative length", [0x8d, .. Enumerable.Repeat((byte)0xff, 8)],
                    TorchFileError.InvalidPickle, "-1 bytes are needed" },
                { "a text that is not UTF-8", [(byte)'X', 1, 0, 0, 0, 0xff], TorchFileError.InvalidPickle,
                    "a text is not UTF-8" },
                { "a value that was not kept", [.. "h"u8, 9], TorchFileError.InvalidPickle, "nothing was kept as 9" },
                { "a place far away", [.. "Nr"u8, 0xff, 0xff, 0xff, 0x7f], TorchFileError.TooLarge,
                    "a value is kept as 2147483647" },
                { "an empty stack", [.. "00000"u8], TorchFileError.InvalidPickle, "expected a value on the stack" },
                { "a mark too few", [.. "t"u8], TorchFileError.InvalidPickle, "expected a mark on the stack" },
                { "a value below a mark", [.. "(a"u8], TorchFileError.InvalidPickle, "expected a value on the stack" },
                { "a container as a key", [.. "}](Nu"u8], TorchFileError.InvalidPickle, "on the stack" },
                { "protocol 9", [0x80, 9], TorchFileError.InvalidPickle, "found protocol 9, expected 2 to 5" },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Pickles))]
    public void A_pickle_that_asks_for_more_than_tensors_is_refused_with_the_place(
        string what, byte[] value, TorchFileError error, string message)
    {
        var found = Refused(TorchBytes.Archive(TorchBytes.Dict(value), ("data/0", Four)));
        Assert.True(found.Error == error, $"{what}: {found.Error}, {found.Message}");
        Assert.Contains(message, found.Message, StringComparison.Ordinal);
        Assert.Contains("'memory'", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_sound_file_of_these_tests_is_read()
    {
        using var scope = NewDisposeScope();
        using var file = TorchBytes.Open(Sound());
        Assert.Equal([2, 2], file.Read("w").shape);
    }

    [Theory]
    [InlineData("checkpoint.pt")]
    [InlineData("checkpoint-legacy.pt")]
    public void A_file_that_is_cut_off_anywhere_is_refused(string name)
    {
        var whole = File.ReadAllBytes(TorchBytes.Fixture(name));
        for (var length = 0; length < whole.Length; length += length < 200 ? 1 : 37)
            Refused(whole[..length]);
        Refused(whole[..^1]);
        Refused([.. whole, 0]);
    }

    [Fact]
    public void A_bomb_of_containers_within_containers_takes_no_more_than_the_file()
    {
        // Each pair holds the one before twice: 2^10,000 lists if they were copied.
        byte[] twice = [.. "]q\00"u8, .. Enumerable.Repeat<byte[]>([.. "h\0h\0"u8, 0x86, .. "q\00"u8], 10_000)
            .SelectMany(bytes => bytes), .. "h\0"u8];
        Assert.Equal(TorchFileError.NoStateDict, Refused(TorchBytes.Archive(TorchBytes.Dict(twice))).Error);
        byte[] deep = [.. Enumerable.Repeat("}"u8.ToArray().Concat(TorchBytes.Text("a")), 100_000)
            .SelectMany(bytes => bytes), .. "N"u8, .. Enumerable.Repeat((byte)'s', 100_000)];
        Assert.Equal(TorchFileError.NoStateDict, Refused(TorchBytes.Archive(TorchBytes.Dict(deep))).Error);
    }

    [Fact]
    public void A_dict_that_holds_itself_is_looked_at_once()
    {
        byte[] cyclic = [0x80, 2, .. "}q\0"u8, .. TorchBytes.Text("a"), .. "h\0s."u8];
        Assert.Equal(TorchFileError.NoStateDict, Refused(TorchBytes.Archive(cyclic)).Error);
    }

    [Fact]
    public void A_pickle_of_too_many_instructions_or_bytes_is_refused()
    {
        byte[] many = [0x80, 2, .. Enumerable.Repeat("N0"u8.ToArray(), 2_500_001).SelectMany(bytes => bytes)];
        Assert.Equal(TorchFileError.TooLarge, Refused(TorchBytes.Archive(many)).Error);
        Assert.Equal(
            TorchFileError.TooLarge, Refused(TorchBytes.Archive(new byte[PickleMachine.LongestPickle + 1])).Error);
    }

    [Fact]
    public void A_zip_bomb_is_refused_before_anything_is_unpacked()
    {
        var bomb = TorchBytes.Zip(CompressionLevel.SmallestSize, ("archive/data.pkl",
            TorchBytes.Dict(TorchBytes.Tensor(4, 0, [4], [1]))), ("archive/data/0", new byte[100_000_000]));
        var error = Refused(bomb);
        Assert.Equal(TorchFileError.InvalidRecord, error.Error);
        Assert.Contains(
            "is compressed or encrypted, and torch.save does neither", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Records_that_share_bytes_or_a_name_are_refused()
    {
        var file = Sound();
        var entries = Entries(file);
        var shared = file.ToArray();
        // The second record is said to be where the first is.
        file.AsSpan(entries[0] + 42, 4).CopyTo(shared.AsSpan(entries[1] + 42));
        Assert.Contains("before the one in front of it ends", Refused(shared).Message, StringComparison.Ordinal);
        var twice = TorchBytes.Archive(TorchBytes.Dict(TorchBytes.Tensor(4, 0, [4], [1])), ("data/0", Four),
            ("data/0", Four));
        Assert.Contains("is given twice", Refused(twice).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_that_is_missing_or_longer_than_the_file_is_refused()
    {
        var pickle = TorchBytes.Dict(TorchBytes.Tensor(4, 0, [4], [1]));
        Assert.Contains("the record 'archive/data/0' of a storage is missing",
            Refused(TorchBytes.Archive(pickle)).Message, StringComparison.Ordinal);
        var file = Sound();
        foreach (var field in (int[])[20, 24])
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(Entries(file)[1] + field), 1 << 30);
        Assert.Equal(TorchFileError.Truncated, Refused(file).Error);
    }

    [Fact]
    public void A_changed_byte_is_found_by_the_checksum()
    {
        using var scope = NewDisposeScope();
        var file = Sound();
        file[file.AsSpan().IndexOf("archive/data/0"u8) + "archive/data/0".Length] ^= 1;
        using var opened = TorchBytes.Open(file);
        Assert.Equal(TorchFileError.Checksum, Assert.Throws<TorchFileException>(() => opened.Read("w")).Error);
    }

    [Fact]
    public void An_archive_without_a_pickle_is_called_no_PyTorch_file() => Assert.Contains(
        "it is a zip archive without a record data.pkl", Refused(TorchBytes.Zip(
        CompressionLevel.NoCompression, ("word/document.xml", [1]))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("<!DOCTYPE html><html><body>Quota exceeded</body></html>", "is a web page, expected a safetensors")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "is a Git LFS pointer")]
    [InlineData("", "is empty, expected a safetensors file, or one that torch.save wrote")]
    public void Something_else_under_the_name_of_weights_is_called_what_it_is(string text, string message)
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("weights.pt");
        File.WriteAllText(path, text);
        var error = Assert.Throws<TrainerException>(() => WeightsSource.Find(path, _ => { }).Open("model"));
        Assert.Equal(ErrorKind.Checkpoint, error.Kind);
        Assert.StartsWith($"'{path}' {message}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pickle_that_torch_save_did_not_write_is_called_one() => Assert.Contains(
        "it is a pickle that torch.save did not write", Refused([0x80, 4, .. "N."u8]).Message,
        StringComparison.Ordinal);

    private static byte[] Sound() =>
        TorchBytes.Archive(TorchBytes.Dict(TorchBytes.Tensor(4, 0, [2, 2], [2, 1])), ("data/0", Four));

    /// <summary>Where the entries of a zip archive's directory begin.</summary>
    private static List<int> Entries(byte[] file) => [.. Enumerable.Range(0, file.Length - 4)
        .Where(at => Encoding.Latin1.GetString(file, at, 4) == "PK\u0001\u0002")];

    private static TorchFileException Refused(byte[] file)
    {
        using var scope = NewDisposeScope();
        return Assert.Throws<TorchFileException>(() =>
        {
            using var opened = TorchBytes.Open(file);
            foreach (var entry in opened.Entries)
                opened.Read(entry.Name);
        });
    }
}
