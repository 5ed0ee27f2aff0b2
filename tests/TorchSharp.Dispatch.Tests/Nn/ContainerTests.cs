using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Nn;

public sealed class ContainerTests
{
    [Fact]
    public void A_sequence_is_numbered_or_named()
    {
        using var numbered = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1, hasBias: false));
        Assert.Equal(["0.weight", "0.bias", "2.weight"], numbered.state_dict().Keys);
        using var named = nn.Sequential(("first", nn.Linear(2, 3)), ("act", nn.ReLU()));
        Assert.Equal(["first.weight", "first.bias"], named.state_dict().Keys);
        Assert.Equal(["first", "act"], named.named_children().Select(child => child.name));
    }

    [Fact]
    public void A_sequence_is_called_in_order()
    {
        using var scope = NewDisposeScope();
        using var sequence = nn.Sequential(nn.Hardtanh(-1, 1), new Doubling()).append(nn.Softplus());
        Assert.Equal(3, sequence.Count);
        var expected = nn.functional.softplus(nn.functional.hardtanh(tensor(new[] { 5f, -5f })) * 2);
        Assert.True(expected.allclose(sequence.call(tensor(new[] { 5f, -5f }))));
    }

    [Fact]
    public void An_empty_sequence_returns_what_it_is_given()
    {
        using var input = ones(2);
        using var output = nn.Sequential().call(input);
        Assert.NotSame(input, output);
        Assert.Equal([1f, 1f], output.data<float>().ToArray());
    }

    [Fact]
    public void A_sequence_disposes_what_lies_between_its_modules()
    {
        using var sequence = nn.Sequential(nn.Tanh(), nn.ReLU(), nn.Sigmoid());
        using var input = ones(2);
        using var scope = NewDisposeScope();
        var output = sequence.call(input);
        Assert.Equal(1, scope.DisposablesCount);
        Assert.False(output.IsInvalid);
    }

    [Fact]
    public void A_slice_shares_the_modules_and_keeps_their_names()
    {
        using var sequence = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1));
        var slice = sequence[1..];
        Assert.Equal(["1", "2"], slice.named_children().Select(child => child.name));
        Assert.Same(sequence[2], slice[1]);
        Assert.Equal(2, sequence[(0, 2)].Count);
        Assert.Throws<IndexOutOfRangeException>(() => sequence[(0, 4)]);
    }

    [Fact]
    public void In_place_activations_work_inside_a_sequence()
    {
        using var scope = NewDisposeScope();
        using var sequence = nn.Sequential(nn.Identity(), nn.ReLU(inplace: true), nn.LeakyReLU(0.1, inplace: true));
        var output = sequence.call(tensor(new[] { -1f, 2f }));
        Assert.Equal([0f, 2f], output.data<float>().ToArray());
    }

    [Fact]
    public void A_list_numbers_its_modules_when_its_owner_registers_it()
    {
        using var owner = new Lists();
        Assert.Equal(["layers.0.weight", "layers.1.weight", "byName.b.weight", "byName.a.weight"], owner.state_dict().Keys);
        Assert.Equal(2, owner.Layers.Count);
        Assert.Equal(["layers", "byName", "layers.0", "layers.1", "byName.b", "byName.a"], owner.named_modules().Select(entry => entry.name));
    }

    [Fact]
    public void A_dictionary_of_modules_keeps_the_order_of_insertion()
    {
        using var modules = nn.ModuleDict(("b", nn.Linear(1, 1)), ("a", nn.Linear(2, 1)));
        modules.Add("c", nn.Linear(3, 1));
        Assert.Equal(["b", "a", "c"], modules.Keys);
        Assert.Equal(2, modules["a"].in_features);
        Assert.True(modules.Remove("b"));
        Assert.Equal(("a", modules["a"]), modules[0]);
        Assert.False(modules.ContainsKey("b"));
        Assert.Throws<ArgumentException>(() => modules.Add("a", nn.Linear(1, 1)));
    }

    [Fact]
    public void A_list_of_parameters_is_numbered_moved_and_freed()
    {
        var list = nn.ParameterList(nn.Parameter(ones(1)), nn.Parameter(ones(2)));
        list.append(nn.Parameter(ones(3)));
        Assert.Equal(["0", "1", "2"], list.named_parameters().Select(entry => entry.name));
        Assert.Same(list[2], list.get_parameter("2"));
        list.to(ScalarType.Float64);
        Assert.All(list, parameter => Assert.Equal(ScalarType.Float64, parameter.dtype));
        var last = list[2];
        list.Dispose();
        Assert.True(last.IsInvalid);
    }

    private sealed class Doubling() : nn.Module<Tensor, Tensor>("Doubling")
    {
        public override Tensor forward(Tensor input) => input * 2;
    }

    private sealed class Lists : nn.Module<Tensor, Tensor>
    {
        private readonly ModuleList<Linear> layers = nn.ModuleList(nn.Linear(1, 1, hasBias: false), nn.Linear(1, 1, hasBias: false));
        private readonly ModuleDict<Linear> byName = nn.ModuleDict(("b", nn.Linear(1, 1, hasBias: false)), ("a", nn.Linear(1, 1, hasBias: false)));

        public Lists() : base(nameof(Lists)) => RegisterComponents();

        public ModuleList<Linear> Layers => layers;

        public override Tensor forward(Tensor input) => byName["a"].call(layers[0].call(input));
    }
}
