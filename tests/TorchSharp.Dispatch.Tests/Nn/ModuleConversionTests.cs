using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Nn;

public sealed class ModuleConversionTests
{
    [Fact]
    public void Another_dtype_makes_new_parameters_and_frees_the_old()
    {
        using var module = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2));
        var before = module.state_dict();
        Assert.Same(module, module.to(ScalarType.BFloat16));
        foreach (var (key, value) in module.state_dict())
        {
            if (key.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            {
                Assert.Same(before[key], value);
                Assert.Equal(ScalarType.Int64, value.dtype);
                continue;
            }
            Assert.NotSame(before[key], value);
            Assert.True(before[key].IsInvalid, key);
            Assert.Equal(ScalarType.BFloat16, value.dtype);
        }
        Assert.All(module.parameters(), parameter => Assert.True(parameter.requires_grad && parameter.is_leaf));
    }

    [Fact]
    public void Where_nothing_changes_the_objects_stay()
    {
        using var module = nn.Linear(2, 2);
        var weight = module.weight;
        module.to(ScalarType.Float32).cpu().to(CPU);
        Assert.Same(weight, module.weight);
        Assert.False(weight.IsInvalid);
    }

    [Fact]
    public void Values_gradients_and_frozen_parameters_move_along()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Linear(2, 1);
        module.bias!.requires_grad = false;
        module.call(tensor(new[] { 2f, 3f }, [1, 2])).sum().backward();
        var weight = module.weight.data<float>().ToArray();
        module.to(ScalarType.Float64);
        Assert.Equal(weight.Select(value => (double)value), module.weight.data<double>().ToArray());
        Assert.Equal([2d, 3d], module.weight.grad!.data<double>().ToArray());
        Assert.False(module.bias.requires_grad);
    }

    [Fact]
    public void A_users_fields_hold_the_new_parameters()
    {
        using var module = new Scaled();
        module.to(ScalarType.Float64);
        Assert.Equal(ScalarType.Float64, module.Scale.dtype);
        Assert.Same(module.Scale, module.get_parameter("scale"));
        Assert.Same(module.Offset, module.get_buffer("offset"));
        using var output = module.call(ones([1], dtype: ScalarType.Float64));
        Assert.Equal(5d, output.item<double>());
    }

    [Fact]
    public void Converted_parameters_outlive_the_scope_of_the_conversion()
    {
        using var module = new Scaled();
        using (NewDisposeScope()) module.to(ScalarType.Float64);
        Assert.False(module.Scale.IsInvalid);
        Assert.False(module.Offset.IsInvalid);
    }

    [Fact]
    public void Integers_are_no_dtype_for_a_module()
    {
        using var module = nn.Linear(2, 1);
        Assert.Throws<ArgumentException>(() => module.to(ScalarType.Int64));
    }

    [Fact]
    public void A_missing_device_is_an_exception()
    {
        if (cuda.is_available()) return;
        using var module = nn.Linear(2, 1);
        Assert.Throws<InvalidOperationException>(() => module.cuda());
        Assert.Equal(DeviceType.CPU, module.weight.device_type);
    }

    private sealed class Scaled : nn.Module<Tensor, Tensor>
    {
        private readonly Parameter scale = nn.Parameter(full([1], 2f));
        private readonly Tensor offset = full([1], 3f);

        public Scaled() : base(nameof(Scaled)) => RegisterComponents();

        public Parameter Scale => scale;

        public Tensor Offset => offset;

        public override Tensor forward(Tensor input) => input * scale + offset;
    }
}
