using Xunit;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Nn;

public sealed class StateDictTests
{
    [Fact]
    public void Loading_copies_in_place_and_keeps_every_object()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Sequential(nn.Linear(2, 1), nn.BatchNorm1d(1));
        using var source = nn.Sequential(nn.Linear(2, 1), nn.BatchNorm1d(1));
        foreach (var value in source.state_dict().Values) using (no_grad()) value.add_(3);
        var before = module.state_dict();
        var handles = before.ToDictionary(entry => entry.Key, entry => entry.Value.Handle);

        var (missing, unexpected) = module.load_state_dict(source.state_dict());

        Assert.Empty(missing);
        Assert.Empty(unexpected);
        foreach (var (key, value) in module.state_dict())
        {
            Assert.Same(before[key], value);
            Assert.Equal(handles[key], value.Handle);
            Assert.True(value.Equals(source.state_dict()[key]), key);
        }
        Assert.True(module.get_parameter("0.weight")!.requires_grad);
    }

    [Fact]
    public void Keys_that_differ_are_an_error_or_listed()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Linear(2, 1);
        var source = new Dictionary<string, Tensor> { ["weight"] = ones(1, 2), ["other"] = ones(1) };
        Assert.Throws<InvalidOperationException>(() => module.load_state_dict(source));
        Assert.NotEqual([1f, 1f], module.weight.data<float>().ToArray());

        var (missing, unexpected) = module.load_state_dict(source, strict: false);
        Assert.Equal(["bias"], missing);
        Assert.Equal(["other"], unexpected);
        Assert.Equal([1f, 1f], module.weight.data<float>().ToArray());

        (missing, unexpected) = module.load_state_dict(source, strict: true, skip: ["bias", "other", "weight"]);
        Assert.Empty(missing);
        Assert.Empty(unexpected);
    }

    [Fact]
    public void Values_are_converted_to_the_dtype_that_is_there()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Linear(2, 1, hasBias: false);
        module.load_state_dict(new() { ["weight"] = ones([1, 2], dtype: ScalarType.Float64) });
        Assert.Equal(ScalarType.Float32, module.weight.dtype);
        Assert.Equal([1f, 1f], module.weight.data<float>().ToArray());
    }

    [Fact]
    public void A_shape_that_does_not_fit_is_an_exception()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Linear(2, 1, hasBias: false);
        Assert.ThrowsAny<Exception>(() => module.load_state_dict(new() { ["weight"] = ones(3, 5) }));
    }

    [Fact]
    public void A_prefix_stands_before_every_key()
    {
        using var module = nn.Sequential(nn.Linear(1, 1));
        var state = new Dictionary<string, Tensor>();
        Assert.Same(state, module.state_dict(state, "net"));
        Assert.Equal(["net.0.weight", "net.0.bias"], state.Keys);
    }
}
