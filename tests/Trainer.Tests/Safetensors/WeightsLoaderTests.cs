using TorchSharp.Modules;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Engine.Weights;
using Trainer.Recipes;

namespace Trainer.Tests.Safetensors;

/// <summary>Weights from elsewhere, as PyTorch's load_state_dict reads them.</summary>
public sealed class WeightsLoaderTests : IDisposable
{
    private const string Counter = "norm.num_batches_tracked";
    private readonly TemporaryFolder folder = new();
    private readonly Sequential network = New();

    public void Dispose()
    {
        network.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Weights_of_the_networks_own_type_are_copied_without_a_word()
    {
        Assert.Empty(Load(State()));
        AssertWeights(1.0009765625f);
    }

    [Theory]
    [InlineData(ScalarType.Float16, 1.0009765625f)]
    [InlineData(ScalarType.BFloat16, 1f)]
    [InlineData(ScalarType.Float64, 1.0009765625f)]
    public void Weights_of_another_precision_are_cast_with_one_note(ScalarType type, float expected)
    {
        Assert.Equal(
            [$"Values of '{folder.At("w")}' are {type} and are used as Float32."],
            Load(State().Select(item => (item.Key, item.Value.is_floating_point() ? item.Value.to(type)
                : item.Value))));
        AssertWeights(expected);
    }

    [Theory]
    [InlineData(double.NaN, ScalarType.Float32)]
    [InlineData(double.NegativeInfinity, ScalarType.Float16)]
    // Finite, but not as float32.
    [InlineData(1e300, ScalarType.Float64)]
    public void Weights_that_are_not_finite_are_refused_and_nothing_is_changed(double value, ScalarType type)
    {
        var before = network.state_dict()["conv.weight"].clone();
        var exception = Assert.Throws<TrainerException>(() => Load(State().Select(item =>
            (item.Key, item.Key == "norm.running_var" ? full_like(item.Value, value, type) : item.Value))));
        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.Contains("NaN or infinite in \"norm.running_var\", expected finite numbers of Float32",
            exception.Message, StringComparison.Ordinal);
        TensorAssert.Same(before, network.state_dict()["conv.weight"]);
    }

    [Fact]
    public void A_file_of_two_precisions_is_reported_with_each()
    {
        Assert.Equal(
            [$"Values of '{folder.At("w")}' are Float16 and are used as Float32.",
            $"Values of '{folder.At("w")}' are Float64 and are used as Float32."],
            Load(State().Select(item => (item.Key, item.Key switch
            {
                "conv.weight" => item.Value.to(ScalarType.Float64),
                Counter => item.Value,
                _ => item.Value.to(ScalarType.Float16),
            }))));
        AssertWeights(1.0009765625f);
    }

    [Theory]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Float32)]
    public void A_counter_of_batches_of_another_type_is_cast(ScalarType type)
    {
        Assert.Equal(
            [$"Values of '{folder.At("w")}' are {type} and are used as Int64."],
            Load(State().Select(item => (item.Key, item.Key == Counter ? item.Value.to(type) : item.Value))));
        Assert.Equal(7, network.state_dict()[Counter].item<long>());
    }

    [Fact]
    public void Batch_norm_without_its_counter_of_batches_keeps_its_own()
    {
        Assert.Equal(
            [$"'{folder.At("w")}' has no num_batches_tracked, which counts batches and is left as it is in 1 layer."],
            Load(State().Where(item => item.Key != Counter)));
        Assert.Equal(0, network.state_dict()[Counter].item<long>());
        AssertWeights(1.0009765625f);
    }

    [Theory]
    [InlineData("module.")]
    [InlineData("model.")]
    [InlineData("_orig_mod.")]
    [InlineData("_orig_mod.module.")]
    [InlineData("state_dict.net.encoder.")]
    public void A_prefix_of_every_key_is_named_and_left_out(string prefix)
    {
        Assert.Equal(
            [$"Every key of '{folder.At("w")}' begins with \"{prefix}\", which is left out."], Load(Prefixed(prefix)));
        AssertWeights(1.0009765625f);
    }

    [Fact]
    public void A_prefix_half_precision_and_a_missing_counter_may_come_together()
    {
        Assert.Equal(3, Load(Prefixed("module.").Where(item => !item.Key.EndsWith(Counter, StringComparison.Ordinal))
            .Select(item => (item.Key, item.Value.to(ScalarType.Float16)))).Count);
        AssertWeights(1.0009765625f);
    }

    [Fact]
    public void A_prefix_that_is_not_the_only_difference_is_named_and_nothing_is_loaded()
    {
        var error = Refused(Prefixed("module.").Where(item => item.Key != "module.conv.weight"));
        Assert.Contains(
            " Every key begins with \"module.\", which is left out here.", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            $"these differ:{Environment.NewLine}  missing: conv.weight (Float32 [1, 1, 1, 1])", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_prefix_of_some_keys_is_none()
    {
        var error = Refused(State().Select(item => (item.Key == "conv.weight" ? "module.conv.weight" : item.Key,
            item.Value)));
        Assert.DoesNotContain("Every key", error.Message, StringComparison.Ordinal);
        Assert.Contains("missing: conv.weight", error.Message, StringComparison.Ordinal);
        Assert.Contains("unexpected: module.conv.weight", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("norm.running_mean")]
    [InlineData("conv.weight")]
    public void Another_tensor_that_is_missing_is_refused(string key) =>
        Assert.Contains(
        $"missing: {key}", Refused(State().Where(item => item.Key != key)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Bool)]
    [InlineData(ScalarType.ComplexFloat32)]
    public void Weights_that_are_no_floating_point_numbers_are_refused(ScalarType type) => Assert.Contains(
        $"wrong dtype: conv.weight is {type} [1, 1, 1, 1], expected Float32 [1, 1, 1, 1]",
        Refused(State().Select(item => (item.Key, item.Key == "conv.weight" ? item.Value.to(type) : item.Value)))
        .Message, StringComparison.Ordinal);

    [Fact]
    public void Another_shape_is_refused_whatever_its_type() => Assert.Contains(
        "wrong shape: conv.weight is Float16 [1], expected Float32 [1, 1, 1, 1]",
        Refused(State().Select(item => (item.Key, item.Key == "conv.weight" ? item.Value.reshape(1)
        .to(ScalarType.Float16) : item.Value))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Keys_that_take_no_part_in_the_logits_are_named_and_left_out()
    {
        Assert.Equal(
            [
                $"Keys of '{folder.At("w")}' that take no part in the logits are left out: 0.mean, 0.std, "
                    + "1.conv.popup_scores, 1.model_preact_hl1.1.weight and 1 more.",
                $"Every other key of '{folder.At("w")}' begins with \"1.\", which is left out.",
            ],
            Load([.. Prefixed("1."), ("0.mean", zeros(1, 3, 1, 1)), ("0.std", ones(3)),
                ("1.conv.popup_scores", zeros(1)), ("1.model_preact_hl1.1.weight", zeros(2, 2)),
                ("1.sub_block1.layer.0.bn1.weight", zeros(2))]));
        AssertWeights(1.0009765625f);
    }

    [Theory]
    [InlineData("conv.mean", 5)]
    [InlineData("conv.bias", 1)]
    [InlineData("bn.weight", 1)]
    public void Any_other_key_that_the_network_lacks_is_refused(string key, int length) => Assert.Contains(
        $"unexpected: {key}", Refused([.. State(), (key, zeros(length))]).Message, StringComparison.Ordinal);

    private static Sequential New() =>
        nn.Sequential(("conv", nn.Conv2d(1, 1, 1, bias: false)), ("norm", nn.BatchNorm2d(1)));

    /// <summary>Weights of 1 + 2⁻¹⁰, which float16 holds and bfloat16 does not, and a counter of 7.</summary>
    private IEnumerable<(string Key, Tensor Value)> State() => network.state_dict().Select(pair => (
        pair.Key, pair.Key == Counter ? tensor(7L) : full_like(pair.Value, 1.0009765625).detach()));

    private IEnumerable<(string Key, Tensor Value)> Prefixed(string prefix) =>
        State().Select(item => (prefix + item.Key, item.Value));

    private IReadOnlyList<string> Load(IEnumerable<(string Key, Tensor Value)> state)
    {
        SafetensorsWriter.Write(folder.At("w"), [.. state], new Dictionary<string, string>());
        using var file = SafetensorsFile.Open(folder.At("w"));
        return WeightsLoader.Load(file, network);
    }

    private TrainerException Refused(IEnumerable<(string Key, Tensor Value)> state)
    {
        var before = network.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.clone());
        var error = Assert.Throws<TrainerException>(() => Load(state));
        Assert.Equal(ErrorKind.Checkpoint, error.Kind);
        Assert.All(network.state_dict(), pair => TensorAssert.Same(before[pair.Key], pair.Value));
        return error;
    }

    private void AssertWeights(float expected) => Assert.All(
        network.state_dict().Where(pair => pair.Key != Counter), pair =>
        Assert.Equal(expected, pair.Value.item<float>()));
}
