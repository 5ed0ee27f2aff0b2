using System.Globalization;
using System.Text.Json;
using Trainer.Engine.Storage.PyTorch;

namespace Trainer.Tests.PyTorch;

/// <summary>Files that PyTorch wrote (Fixtures/pytorch/make.py), in both of its formats.</summary>
public sealed class TorchFileTests
{
    [Theory]
    [InlineData("every-dtype.pt")]
    [InlineData("every-dtype-legacy.pt")]
    public void Every_dtype_and_every_view_of_a_storage_has_the_values_that_PyTorch_has(string name)
    {
        using var scope = NewDisposeScope();
        using var file = TorchFile.Open(TorchBytes.Fixture(name));
        var expected = JsonDocument.Parse(File.ReadAllBytes(TorchBytes.Fixture("every-dtype.json"))).RootElement;
        Assert.Equal(expected.EnumerateObject().Select(item => item.Name), file.Entries.Select(entry => entry.Name));
        foreach (var entry in file.Entries)
        {
            var stated = expected.GetProperty(entry.Name);
            var tensor = file.Read(entry.Name);
            Assert.Equal(stated.GetProperty("dtype").GetString(), Word(tensor.dtype));
            Assert.Equal(entry.Shape, tensor.shape);
            Assert.Equal(stated.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), tensor.shape);
            Assert.True(tensor.is_contiguous());
            Assert.Equal(stated.GetProperty("values").EnumerateArray().Select(value => value.ToString()),
                Values(tensor), ValueComparer);
        }
    }

    [Theory]
    [InlineData("checkpoint.pt")]
    [InlineData("checkpoint-legacy.pt")]
    public void A_training_checkpoint_gives_its_state_dict_and_not_its_optimizer(string name)
    {
        using var scope = NewDisposeScope();
        var path = TorchBytes.Fixture(name);
        using var file = TorchFile.Open(path);
        Assert.Equal([$"The weights of '{path}' are those under \"state_dict\"."], file.Notes);
        Assert.Equal(
            [
                "module.conv.weight", "module.conv.bias", "module.norm.weight", "module.norm.bias",
                "module.norm.running_mean", "module.norm.running_var", "module.norm.num_batches_tracked",
            ], file.Entries.Select(entry => entry.Name));
        Assert.Equal(1, file.Read("module.norm.num_batches_tracked").item<long>());
    }

    [Fact]
    public void Of_several_state_dicts_one_must_be_named()
    {
        var path = TorchBytes.Fixture("two.pt");
        var error = Assert.Throws<TorchFileException>(() => TorchFile.Open(path));
        Assert.Equal(TorchFileError.NoStateDict, error.Error);
        Assert.Contains("tensors are under \"state_dict\", \"ema\"", error.Message, StringComparison.Ordinal);
        using (var named = TorchFile.Open(path, "ema"))
            Assert.Equal([$"The weights of '{path}' are those under \"ema\"."], named.Notes);
        Assert.Contains("under the key \"net\" are no tensors; tensors are under \"state_dict\", \"ema\"",
            Assert.Throws<TorchFileException>(() => TorchFile.Open(path, "net")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_state_dict_under_two_keys_is_taken_by_either()
    {
        // { "a": dict, "b": the same dict }, as a memo of pickle has it.
        byte[] inner = [.. "}q\0"u8, .. TorchBytes.Text("w"), .. TorchBytes.Tensor(1, 0, [1], [1]), (byte)'s'];
        byte[] pickle = [0x80, 2, (byte)'}', .. TorchBytes.Text("a"), .. inner, (byte)'s',
            .. TorchBytes.Text("b"), .. "h\0s."u8];
        var file = TorchBytes.Archive(pickle, ("data/0", new byte[4]));
        using var first = TorchBytes.Open(file);
        Assert.Equal(["The weights of 'memory' are those under \"a\", the same as those under \"b\"."], first.Notes);
        using var named = TorchBytes.Open(file, "b");
        Assert.Equal(["The weights of 'memory' are those under \"b\", the same as those under \"a\"."], named.Notes);
        Assert.Equal(["w"], named.Entries.Select(entry => entry.Name));
    }

    [Fact]
    public void A_tensor_beside_the_state_dict_is_not_taken_for_the_weights()
    {
        // { "best_acc1": tensor, "state_dict": { "w": …, "b": … } }, and one more state dict of the same size.
        byte[] scalar = TorchBytes.Tensor(4, 0, [], []), tensor = TorchBytes.Tensor(4, 0, [4], [1]);
        byte[] two = [.. "}("u8, .. TorchBytes.Text("w"), .. tensor, .. TorchBytes.Text("b"), .. tensor, .. "u"u8];
        byte[] one = [0x80, 2, .. "}"u8, .. TorchBytes.Text("best_acc1"), .. scalar, .. "s"u8,
            .. TorchBytes.Text("state_dict"), .. two, .. "s"u8];
        using (var file = TorchBytes.Open(TorchBytes.Archive([.. one, .. "."u8], ("data/0", new byte[16]))))
        {
            Assert.Equal(["w", "b"], file.Entries.Select(entry => entry.Name));
            Assert.Equal(["The weights of 'memory' are those under \"state_dict\"; tensors are also at the top."],
                file.Notes);
        }
        byte[] both = [.. one, .. TorchBytes.Text("ema"), .. two, .. "s."u8];
        Assert.Contains("tensors are under the top, \"state_dict\", \"ema\"", Assert.Throws<TorchFileException>(() =>
            TorchBytes.Open(TorchBytes.Archive(both, ("data/0", new byte[16])))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_smaller_dict_below_the_weights_is_named_in_a_note()
    {
        byte[] tensor = TorchBytes.Tensor(4, 0, [4], [1]);
        byte[] pickle = [0x80, 2, .. "}"u8, .. TorchBytes.Text("w"), .. tensor, .. "s"u8, .. TorchBytes.Text("state"),
            .. "}"u8, .. TorchBytes.Text("mean"), .. tensor, .. "ss."u8];
        using var file = TorchBytes.Open(TorchBytes.Archive(pickle, ("data/0", new byte[16])));
        Assert.Equal(["w"], file.Entries.Select(entry => entry.Name));
        Assert.Equal(["The weights of 'memory' are those at the top; tensors are also under \"state\"."], file.Notes);
    }

    [Fact]
    public void An_expanded_tensor_repeats_its_elements()
    {
        using var scope = NewDisposeScope();
        using var file = TorchBytes.Open(TorchBytes.Archive(
            TorchBytes.Dict(TorchBytes.Tensor(1, 0, [1, 3, 1, 1], [0, 0, 0, 0])), ("data/0", [0, 0, 0, 0x3f])));
        var mean = file.Read("w");
        Assert.Equal([1, 3, 1, 1], mean.shape);
        Assert.Equal([0.5f, 0.5f, 0.5f], mean.data<float>().ToArray());
    }

    [Theory]
    [InlineData("whole-network.pt", "'torch.nn.modules.container.Sequential'")]
    [InlineData("whole-network-legacy.pt", "'torch.nn.modules.container.Sequential'")]
    [InlineData("call.pt", "'__builtin__.print'")]
    [InlineData("call-legacy.pt", "'__builtin__.print'")]
    public void A_class_or_function_outside_the_list_is_refused_by_its_name(string name, string named)
    {
        var error = Assert.Throws<TorchFileException>(() => TorchFile.Open(TorchBytes.Fixture(name)));
        Assert.Equal(TorchFileError.Refused, error.Error);
        Assert.Contains($"it asks for {named}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_TorchScript_program_is_called_one()
    {
        var error = Assert.Throws<TorchFileException>(() => TorchFile.Open(TorchBytes.Fixture("script.pt")));
        Assert.Equal(TorchFileError.OtherFormat, error.Error);
        Assert.Contains("it is a TorchScript program", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_of_a_big_endian_machine_are_turned_round()
    {
        using var scope = NewDisposeScope();
        using var file = TorchBytes.Open(TorchBytes.Archive(
            TorchBytes.Dict(TorchBytes.Tensor(2, 0, [2], [1])), ("byteorder", "big"u8.ToArray()),
            ("data/0", [0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0])));
        Assert.Equal([1f, -2.5f], file.Read("w").data<float>().ToArray());
    }

    [Fact]
    public void A_bool_whose_byte_is_neither_0_nor_1_is_true()
    {
        using var scope = NewDisposeScope();
        using var file = TorchBytes.Open(TorchBytes.Archive(
            TorchBytes.Dict(TorchBytes.Tensor(3, 0, [3], [1], "BoolStorage")), ("data/0", [0, 1, 200])));
        Assert.Equal(2, file.Read("w").sum().item<long>());
        Assert.Equal([0, 1, 1], file.Read("w").bytes.ToArray());
    }

    private static string Word(ScalarType type) => type switch
    {
        ScalarType.Byte => "uint8",
        _ => type.ToString().ToLowerInvariant(),
    };

    private static IEnumerable<string> Values(Tensor tensor) => tensor.dtype == ScalarType.Int64
        ? [tensor.item<long>().ToString(CultureInfo.InvariantCulture)]
        : tensor.numel() == 0 ? []
        : tensor.to(ScalarType.Float64).flatten().data<double>().ToArray()
            .Select(value => value.ToString("R", CultureInfo.InvariantCulture));

    /// <summary>Texts of the same number: Python and .NET write exponents in two ways.</summary>
    private static IEqualityComparer<string> ValueComparer { get; } = EqualityComparer<string>.Create((left, right) =>
        left == right || double.Parse(left!, CultureInfo.InvariantCulture)
        == double.Parse(right!, CultureInfo.InvariantCulture));
}
