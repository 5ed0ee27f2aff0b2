using Xunit;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Tensors;

public sealed class AutogradTests
{
    [Fact]
    public void Gradients_accumulate_and_can_be_replaced()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1f, 2f }).requires_grad_();
        Assert.Null(x.grad);
        x.square().sum().backward();
        x.square().sum().backward();
        Assert.Equal([4f, 8f], x.grad!.data<float>().ToArray());
        var buffer = zeros(4);
        x.grad = buffer[TensorIndex.Slice(2)];
        x.sum().backward();
        Assert.Equal([0f, 0, 1, 1], buffer.data<float>().ToArray());
        x.grad = null;
        Assert.Null(x.grad);
    }

    [Fact]
    public void Grad_accumulates_nothing_and_can_be_differentiated_again()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1f, 2f }).requires_grad_();
        var first = autograd.grad([x.pow(3).sum()], [x], create_graph: true).Single();
        var second = autograd.grad([first.sum()], [x]).Single();
        Assert.Equal([3f, 12f], first.data<float>().ToArray());
        Assert.Equal([6f, 12f], second.data<float>().ToArray());
        Assert.Null(x.grad);
    }

    [Fact]
    public void Grad_takes_a_vector_and_tells_what_was_unused()
    {
        using var scope = NewDisposeScope();
        var x = ones(2).requires_grad_();
        var unused = ones(1).requires_grad_();
        var gradients = autograd.grad([x * 3], [x, unused], [tensor(new[] { 1f, -1f })], allow_unused: true);
        Assert.Equal([3f, -3f], gradients[0].data<float>().ToArray());
        Assert.True(gradients[1].IsInvalid);
    }

    [Fact]
    public void Backward_can_be_limited_to_some_leaves_and_repeated()
    {
        using var scope = NewDisposeScope();
        var x = ones(1).requires_grad_();
        var y = ones(1).requires_grad_();
        var product = x * y * 2;
        product.backward([ones(1) * 5], retain_graph: true, inputs: [x]);
        Assert.Equal(10f, x.grad!.item<float>());
        Assert.Null(y.grad);
        autograd.backward(product, tensor(new[] { 2f }));
        Assert.Equal(4f, y.grad!.item<float>());
    }

    [Fact]
    public void A_gradient_behind_the_leaves_can_be_kept()
    {
        using var scope = NewDisposeScope();
        var middle = ones(1).requires_grad_() * 3;
        Assert.False(middle.is_leaf);
        middle.retain_grad();
        middle.square().backward();
        Assert.Equal(6f, middle.grad!.item<float>());
    }

    [Fact]
    public void Modes_nest_and_end()
    {
        using var scope = NewDisposeScope();
        var x = ones(1).requires_grad_();
        using (no_grad())
        {
            Assert.False((x * 2).requires_grad);
            using (enable_grad()) Assert.True((x * 2).requires_grad);
            Assert.False(is_grad_enabled());
        }
        Assert.True(is_grad_enabled());
        using (inference_mode())
        {
            Assert.True(is_inference_mode_enabled());
            Assert.False((x * 2).requires_grad);
        }
        Assert.False(is_inference_mode_enabled());
        using (set_grad_enabled(false)) Assert.False(is_grad_enabled());
    }

    [Fact]
    public void A_detached_tensor_shares_memory_and_no_history()
    {
        using var scope = NewDisposeScope();
        var x = ones(1).requires_grad_();
        var detached = x.detach();
        Assert.False(detached.requires_grad);
        detached.fill_(3);
        Assert.Equal(3f, x.item<float>());
        Assert.Same(detached, detached.requires_grad_());
    }

    [Fact]
    public void Anomaly_mode_finds_the_nan_and_ends()
    {
        using var scope = NewDisposeScope();
        using (autograd.detect_anomaly())
        {
            Assert.True(AnomalyMode.IsEnabled);
            var loss = (zeros(1).requires_grad_().sqrt() * 0).sum();
            Assert.ThrowsAny<Exception>(loss.backward);
        }
        Assert.False(AnomalyMode.IsEnabled);
    }

    [Fact]
    public void A_gradient_can_be_computed_on_several_threads_at_once()
    {
        var results = new float[4];
        var threads = Enumerable.Range(0, 4).Select(i => new Thread(() =>
        {
            using var scope = NewDisposeScope();
            for (var step = 0; step < 50; step++)
            {
                var x = ones(8).requires_grad_();
                (x * i).square().sum().backward();
                results[i] = x.grad!.sum().item<float>();
            }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.Equal([0f, 16, 64, 144], results);
    }
}
