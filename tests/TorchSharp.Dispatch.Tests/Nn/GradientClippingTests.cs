using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Nn;

public sealed class GradientClippingTests
{
    [Fact]
    public void Gradients_are_scaled_together_to_the_norm_allowed()
    {
        using var scope = NewDisposeScope();
        var parameters = WithGradients([3f, 0f], [4f]);
        Assert.Equal(5, nn.utils.clip_grad_norm_(parameters, 1), 1e-6);
        Assert.Equal(0.6f, parameters[0].grad![0].item<float>(), 1e-5f);
        Assert.Equal(0.8f, parameters[1].grad![0].item<float>(), 1e-5f);
    }

    [Fact]
    public void Gradients_within_the_norm_stay_as_they_are()
    {
        using var scope = NewDisposeScope();
        var parameters = WithGradients([3f, 0f], [4f]);
        Assert.Equal(4, nn.utils.clip_grad_norm_(parameters, 10, double.PositiveInfinity), 1e-6);
        Assert.Equal(3, parameters[0].grad![0].item<float>());
    }

    [Fact]
    public void Gradients_are_clamped_one_by_one()
    {
        using var scope = NewDisposeScope();
        var parameters = WithGradients([3f, -0.5f], [-4f]);
        nn.utils.clip_grad_value_(parameters, 2);
        Assert.Equal([2f, -0.5f], parameters[0].grad!.data<float>().ToArray());
        Assert.Equal([-2f], parameters[1].grad!.data<float>().ToArray());
    }

    [Fact]
    public void Parameters_join_to_one_vector()
    {
        using var scope = NewDisposeScope();
        var vector = nn.utils.parameters_to_vector([nn.Parameter(ones(2, 2)), nn.Parameter(zeros(1))]);
        Assert.Equal([1f, 1f, 1f, 1f, 0f], vector.detach().data<float>().ToArray());
        Assert.True(vector.requires_grad);
    }

    private static Parameter[] WithGradients(params float[][] gradients) =>
    [
        .. gradients.Select(gradient =>
        {
            var parameter = nn.Parameter(zeros(gradient.Length));
            parameter.grad = tensor(gradient);
            return parameter;
        }),
    ];
}
