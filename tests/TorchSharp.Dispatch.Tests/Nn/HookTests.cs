using Xunit;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Nn;

public sealed class HookTests
{
    [Fact]
    public void Call_runs_hooks_and_forward_does_not()
    {
        using var scope = NewDisposeScope();
        using var module = nn.ReLU();
        var ran = new List<string>();
        module.register_forward_pre_hook(_ => ran.Add("before"));
        module.register_forward_hook(_ => ran.Add("after"));
        module.forward(ones(1));
        Assert.Empty(ran);
        module.call(ones(1));
        Assert.Equal(["before", "after"], ran);
    }

    [Fact]
    public void Hooks_may_replace_the_input_and_the_result()
    {
        using var scope = NewDisposeScope();
        using var module = nn.ReLU();
        module.register_forward_pre_hook((_, input) => input * 2);
        module.register_forward_hook((_, input, output) => input + output);
        Assert.Equal(12, module.call(tensor(3f)).item<float>());
        Assert.Equal(3, module.forward(tensor(3f)).item<float>());
    }

    [Fact]
    public void Hooks_run_in_the_order_of_registration()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Identity();
        module.register_forward_hook((_, _, output) => output + 1);
        module.register_forward_hook((_, _, output) => output * 10);
        Assert.Equal(20, module.call(tensor(1f)).item<float>());
    }

    [Fact]
    public void A_removed_hook_runs_no_more()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Identity();
        var remover = module.register_forward_hook((_, _, output) => output + 1);
        Assert.Equal(2, module.call(tensor(1f)).item<float>());
        remover.remove();
        Assert.Equal(1, module.call(tensor(1f)).item<float>());
    }

    [Fact]
    public void Hooks_of_two_inputs_take_and_give_both()
    {
        using var scope = NewDisposeScope();
        using var module = nn.MSELoss();
        module.register_forward_pre_hook((_, a, b) => (a * 2, b));
        module.register_forward_hook((_, a, b, loss) => loss + a + b);
        Assert.Equal(1 + 4 + 3, module.call(tensor(2f), tensor(3f)).item<float>());
    }

    [Fact]
    public void Hooks_inside_a_sequence_run()
    {
        using var scope = NewDisposeScope();
        using var inner = nn.Identity();
        using var sequence = nn.Sequential(inner, nn.Identity());
        inner.register_forward_hook((_, _, output) => output + 5);
        Assert.Equal(6, sequence.forward(tensor(1f)).item<float>());
    }
}
