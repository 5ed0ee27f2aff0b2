using TorchSharp.Modules;
using TorchSharp.Utils;
using Xunit;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Nn;

public sealed class ModuleRegistrationTests
{
    [Fact]
    public void Fields_become_modules_parameters_and_buffers_under_their_names()
    {
        using var module = new Fields();
        Assert.Equal(["layer", "nested"], module.named_children().Select(child => child.name));
        Assert.Equal(["scale", "layer.weight", "layer.bias", "nested.layer.weight"], module.named_parameters().Select(entry => entry.name));
        Assert.Equal(["offset", "renamed"], module.named_buffers().Select(entry => entry.name));
        Assert.Equal(["scale"], module.named_parameters(recurse: false).Select(entry => entry.name));
        Assert.Equal(
            ["scale", "layer.weight", "layer.bias", "nested.layer.weight", "offset", "renamed"], module.state_dict().Keys);
    }

    [Fact]
    public void Modules_are_listed_level_by_level_without_the_module_itself()
    {
        using var module = new Fields();
        Assert.Equal(["layer", "nested", "nested.layer"], module.named_modules().Select(entry => entry.name));
        Assert.DoesNotContain(module, module.modules());
    }

    [Fact]
    public void Apply_reaches_children_first_and_the_module_last()
    {
        using var module = new Fields();
        var names = new List<string>();
        Assert.Same(module, module.apply(each => names.Add(each.GetName())));
        Assert.Equal(["Linear", "Linear", "Inner", "Fields"], names);
    }

    [Fact]
    public void A_parameter_or_buffer_is_found_by_its_path()
    {
        using var module = new Fields();
        Assert.Same(module.Layer.weight, module.get_parameter("layer.weight"));
        Assert.Equal(3, module.get_buffer("renamed")!.item<float>());
        Assert.True(module.has_parameter("nested.layer.weight"));
        Assert.False(module.has_parameter("nested.layer.bias"));
        Assert.False(module.has_buffer("layer.weight"));
        Assert.Null(module.get_parameter("nothing"));
    }

    [Fact]
    public void A_module_in_an_auto_property_is_refused_by_name()
    {
        var error = Assert.Throws<InvalidOperationException>(() => new WithAutoProperty());
        Assert.Contains("WithAutoProperty.Layer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_auto_property_with_a_component_name_is_registered_under_it()
    {
        using var module = new WithNamedAutoProperty();
        Assert.Equal(["layer.weight", "layer.bias"], module.state_dict().Keys);
    }

    [Fact]
    public void A_shared_parameter_is_listed_once()
    {
        using var module = new Shared();
        Assert.Equal(["first.weight", "second.weight"], module.named_parameters().Select(entry => entry.name));
        Assert.Equal(["first.weight", "second.weight", "again.weight"], module.state_dict().Keys);
    }

    [Fact]
    public void Names_are_taken_once_and_hold_no_dots()
    {
        using var module = new Plain();
        using var child = nn.Identity();
        module.register_module("child", child);
        module.register_parameter("p", nn.Parameter(ones(1)));
        module.register_buffer("b", ones(1));
        Assert.Throws<InvalidOperationException>(() => module.register_module("child", child));
        Assert.Throws<InvalidOperationException>(() => module.register_parameter("p", nn.Parameter(ones(1))));
        Assert.Throws<InvalidOperationException>(() => module.register_buffer("b", ones(1)));
        Assert.Throws<ArgumentException>(() => module.register_module("a.b", child));
        Assert.Throws<ArgumentException>(() => module.register_module("", child));
    }

    [Fact]
    public void A_parameterless_module_takes_no_parameters()
    {
        using var module = nn.ReLU();
        Assert.Throws<InvalidOperationException>(() => module.register_parameter("p", nn.Parameter(ones(1))));
        Assert.Throws<InvalidOperationException>(() => module.register_buffer("b", ones(1)));
        using var layer = nn.Linear(1, 1);
        Assert.Throws<InvalidOperationException>(() => module.register_module("m", layer));
    }

    [Fact]
    public void Buffers_that_are_not_persistent_stay_out_of_the_state_and_of_moves()
    {
        using var module = new Plain();
        module.register_buffer("kept", ones(1));
        module.register_buffer("passing", ones(1), persistent: false);
        module.to(ScalarType.Float64);
        Assert.Equal(["kept"], module.state_dict().Keys);
        Assert.Equal(["kept"], module.named_buffers().Select(entry => entry.name));
        Assert.Equal(ScalarType.Float64, module.get_buffer("kept")!.dtype);
        Assert.Equal(ScalarType.Float32, module.get_buffer("passing")!.dtype);
    }

    [Fact]
    public void Training_mode_reaches_every_module()
    {
        using var module = new Fields();
        Assert.True(module.training);
        module.eval();
        Assert.All(module.modules(), each => Assert.False(each.training));
        module.train();
        Assert.True(module.training);
        Assert.All(module.modules(), each => Assert.True(each.training));
    }

    [Fact]
    public void Disposing_a_module_frees_everything_below_it()
    {
        var module = new Fields();
        Tensor[] held = [.. module.parameters(), .. module.buffers()];
        module.Dispose();
        Assert.Equal(6, held.Length);
        Assert.All(held, tensor => Assert.True(tensor.IsInvalid));
    }

    [Fact]
    public void Setting_a_layers_weight_registers_the_new_one_and_frees_the_old()
    {
        using var layer = nn.Linear(2, 1);
        var previous = layer.weight;
        layer.weight = nn.Parameter(tensor(new[] { 3f, 4f }, [1, 2]));
        Assert.True(previous.IsInvalid);
        Assert.Same(layer.weight, layer.state_dict()["weight"]);
        layer.bias = null;
        Assert.Equal(["weight"], layer.state_dict().Keys);
        using var output = layer.call(ones(1, 2));
        Assert.Equal(7, output.item<float>());
    }

    [Fact]
    public void Zeroing_gradients_removes_them_or_fills_them()
    {
        using var layer = nn.Linear(2, 1);
        layer.call(ones(1, 2)).sum().backward();
        layer.zero_grad(set_to_none: false);
        Assert.Equal([0f, 0f], layer.weight.grad!.data<float>().ToArray());
        layer.zero_grad();
        Assert.Null(layer.weight.grad);
    }

    private sealed class Plain() : nn.Module("Plain");

    private sealed class Inner : nn.Module<Tensor, Tensor>
    {
        private readonly Linear layer = nn.Linear(2, 2, hasBias: false);

        public Inner() : base(nameof(Inner)) => RegisterComponents();

        public override Tensor forward(Tensor input) => layer.call(input);
    }

    private sealed class Fields : nn.Module<Tensor, Tensor>
    {
        private readonly Linear layer = nn.Linear(2, 2);
        private readonly Inner nested = new();
        private readonly Parameter scale = nn.Parameter(ones(1));
        private readonly Tensor offset = zeros(1);
        [ComponentName(Name = "renamed")] private readonly Tensor original = tensor(3f);
        private readonly string unrelated = "text";

        public Fields() : base(nameof(Fields)) => RegisterComponents();

        public Linear Layer => layer;

        public override Tensor forward(Tensor input) => nested.call(layer.call(input)) * scale + offset + original + unrelated.Length;
    }

    private sealed class WithAutoProperty : nn.Module<Tensor, Tensor>
    {
        public WithAutoProperty() : base(nameof(WithAutoProperty)) => RegisterComponents();

        private Linear Layer { get; } = nn.Linear(1, 1);

        public override Tensor forward(Tensor input) => Layer.call(input);
    }

    private sealed class WithNamedAutoProperty : nn.Module<Tensor, Tensor>
    {
        public WithNamedAutoProperty() : base(nameof(WithNamedAutoProperty)) => RegisterComponents();

        [field: ComponentName(Name = "layer")]
        private Linear Layer { get; } = nn.Linear(1, 1);

        public override Tensor forward(Tensor input) => Layer.call(input);
    }

    private sealed class Shared : nn.Module<Tensor, Tensor>
    {
        private readonly Linear first = nn.Linear(2, 2, hasBias: false);
        private readonly Linear second = nn.Linear(2, 2, hasBias: false);
        private readonly Linear again;

        public Shared() : base(nameof(Shared))
        {
            again = first;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => again.call(second.call(first.call(input)));
    }
}
