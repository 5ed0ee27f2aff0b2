using Xunit;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Nn;

public sealed class DropoutTests
{
    [Fact]
    public void What_stays_is_scaled_so_that_the_mean_is_kept()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        using var module = nn.Dropout(0.25);
        var output = module.call(ones(20000));
        Assert.InRange(output.mean().item<float>(), 0.98f, 1.02f);
        Assert.Equal(1 / 0.75f, output.max().item<float>(), 1e-6f);
        Assert.Equal(0, output.min().item<float>());
    }

    [Fact]
    public void Evaluation_drops_nothing()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Dropout(0.9);
        module.eval();
        Assert.Equal(100, module.call(ones(100)).sum().item<float>());
    }

    [Fact]
    public void Channels_are_dropped_as_a_whole()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        using var module = nn.Dropout2d(0.5);
        var sums = module.call(ones(4, 8, 3, 3)).sum([2, 3]).flatten().data<float>().ToArray();
        Assert.All(sums, sum => Assert.True(sum is 0 or 18));
        Assert.Contains(0, sums);
        Assert.Contains(18, sums);
    }

    [Fact]
    public void In_place_changes_the_input()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Dropout(1.0, inplace: true);
        var input = ones(10);
        module.call(input);
        Assert.Equal(0, input.sum().item<float>());
    }

    [Fact]
    public void A_probability_outside_zero_and_one_is_an_exception()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Dropout(1.5);
        Assert.ThrowsAny<Exception>(() => module.call(ones(3)));
    }
}
