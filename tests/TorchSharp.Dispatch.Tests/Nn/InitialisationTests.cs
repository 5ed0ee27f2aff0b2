using Xunit;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Nn;

public sealed class InitialisationTests
{
    private static readonly Dictionary<string, Func<object>> makers = new()
    {
        ["linear"] = () => nn.Linear(6, 4),
        ["conv2d"] = () => nn.Conv2d(4, 6, (3, 2), groups: 2),
        ["conv1d without bias"] = () => nn.Conv1d(3, 4, 3, bias: false),
        ["conv transpose 2d"] = () => nn.ConvTranspose2d(4, 2, 3),
        ["bilinear"] = () => nn.Bilinear(3, 4, 2),
        ["embedding"] = () => nn.Embedding(6, 4, padding_idx: 2),
        ["batch norm 2d"] = () => nn.BatchNorm2d(3),
        ["instance norm 2d"] = () => nn.InstanceNorm2d(3, affine: true, track_running_stats: true),
        ["group norm"] = () => nn.GroupNorm(2, 4),
        ["layer norm"] = () => nn.LayerNorm(3),
        ["prelu"] = () => nn.PReLU(2),
        ["kaiming uniform"] = () => nn.init.kaiming_uniform_(empty(5, 4, 3), a: 0.2),
        ["kaiming normal, fan out"] = () => nn.init.kaiming_normal_(empty(5, 4, 3), mode: nn.init.FanInOut.FanOut, nonlinearity: nn.init.NonlinearityType.ReLU),
        ["xavier uniform"] = () => nn.init.xavier_uniform_(empty(5, 4), nn.init.calculate_gain(nn.init.NonlinearityType.Tanh)),
        ["xavier normal"] = () => nn.init.xavier_normal_(empty(5, 4)),
        ["uniform"] = () => nn.init.uniform_(empty(7), -1.5, 0.5),
        ["normal"] = () => nn.init.normal_(empty(20), 0.5, 2.0),
        ["truncated normal"] = () => nn.init.trunc_normal_(empty(20), 0.1, 0.9, -1.0, 1.2),
        ["orthogonal, wide"] = () => nn.init.orthogonal_(empty(3, 2, 2), 1.4),
        ["orthogonal, tall"] = () => nn.init.orthogonal_(empty(5, 3)),
        ["dropout"] = () => nn.Dropout(0.3).call(ones(4, 6)),
        ["dropout 2d"] = () => nn.Dropout2d(0.5).call(ones(2, 6, 1, 2)),
        ["alpha dropout"] = () => nn.AlphaDropout(0.3).call(ones(4, 6)),
    };

    public static TheoryData<string> Names => ModuleFixtures.Names("initialisers");

    [Theory, MemberData(nameof(Names))]
    public void The_same_seed_draws_what_PyTorch_draws(string name)
    {
        using var scope = NewDisposeScope();
        manual_seed(11);
        var made = makers[name]();
        Tensor[] found = made is nn.Module module ? [.. module.state_dict().Values] : [(Tensor)made];
        var expected = ModuleFixtures.Find("initialisers", name).GetProperty("tensors").EnumerateArray().ToArray();

        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < found.Length; i++) ModuleFixtures.AssertClose(expected[i], found[i], $"{name} {i}", 1e-6);
    }

    [Fact]
    public void A_wide_layer_starts_uniform_within_one_over_the_root_of_its_fan_in()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        using var layer = nn.Conv2d(16, 200, 5);
        var bound = 1 / Math.Sqrt(16 * 25);
        Assert.InRange(layer.weight.max().item<float>(), 0.999 * bound, bound * 1.0000001);
        Assert.InRange(layer.weight.min().item<float>(), -bound * 1.0000001, -0.999 * bound);
        Assert.InRange(layer.weight.pow(2).mean().item<float>(), 0.99 * bound * bound / 3, 1.01 * bound * bound / 3);
        Assert.InRange(layer.bias!.abs().max().item<float>(), 0.9 * bound, bound * 1.0000001);
    }

    [Fact]
    public void Constants_are_set_in_place_on_parameters_that_take_gradients()
    {
        using var layer = nn.Linear(2, 2);
        Assert.Same(layer.weight, nn.init.constant_(layer.weight, 1.5));
        Assert.Equal([1.5f, 1.5f, 1.5f, 1.5f], layer.weight.data<float>().ToArray());
        Assert.Equal([1f, 1f], nn.init.ones_(layer.bias!).data<float>().ToArray());
        Assert.Equal([0f, 0f], nn.init.zeros_(layer.bias!).data<float>().ToArray());
        Assert.True(layer.weight.requires_grad);
    }

    [Fact]
    public void A_layer_takes_the_dtype_asked_for()
    {
        using var layer = nn.Linear(2, 2, dtype: ScalarType.Float64);
        using var norm = nn.BatchNorm2d(2, dtype: ScalarType.BFloat16);
        Assert.Equal(ScalarType.Float64, layer.weight.dtype);
        Assert.Equal(ScalarType.Float64, layer.bias!.dtype);
        Assert.Equal(ScalarType.BFloat16, norm.running_mean!.dtype);
        Assert.Equal(ScalarType.Int64, norm.num_batches_tracked!.dtype);
    }

    [Fact]
    public void A_modules_parameters_outlive_the_dispose_scope_that_they_were_made_in()
    {
        nn.Module<Tensor, Tensor> module;
        using (NewDisposeScope())
            module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.PReLU(2), nn.Flatten(), nn.Linear(2, 2));
        using var output = module.call(ones(2, 1, 3, 3));
        Assert.Equal([2, 2], output.shape);
        module.Dispose();
    }
}
