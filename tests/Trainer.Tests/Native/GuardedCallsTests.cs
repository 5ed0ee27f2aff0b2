using System.Runtime.InteropServices;
using TorchSharp.Modules;
using Trainer.Robustness.Native;

namespace Trainer.Tests.Native;

public sealed class GuardedCallsTests
{
    [Fact]
    public void Gradients_are_those_of_a_closed_form_and_null_for_a_leaf_without_a_part_in_the_loss()
    {
        using var scope = NewDisposeScope();
        var used = tensor([1f, 2f, 3f]).requires_grad_();
        var unused = tensor([4f]).requires_grad_();
        var other = tensor([5f]).requires_grad_();
        var gradients = GuardedCalls.Gradients((used * used * other).sum(), [used, unused]);
        TensorAssert.Same(tensor([10f, 20f, 30f]), gradients[0]!);
        Assert.Null(gradients[1]);
        Assert.All([used, unused, other], leaf => Assert.Null(leaf.grad));
    }

    [Fact]
    public void Gradients_leave_what_grad_held_in_its_place()
    {
        using var scope = NewDisposeScope();
        var buffer = tensor([7f, 8f]);
        var leaf = tensor([1f]).requires_grad_();
        leaf.grad = buffer.narrow(0, 1, 1);
        TensorAssert.Same(tensor([3f]), GuardedCalls.Gradients((leaf * 3).sum(), [leaf])[0]!);
        leaf.grad.add_(1);
        TensorAssert.Same(tensor([7f, 9f]), buffer);
    }

    [Fact]
    public void A_retained_graph_is_differentiated_again()
    {
        using var scope = NewDisposeScope();
        var leaf = tensor([2f]).requires_grad_();
        var loss = (leaf * leaf).sum();
        TensorAssert.Same(tensor([4f]), GuardedCalls.Gradients(loss, [leaf], retainGraph: true)[0]!);
        TensorAssert.Same(tensor([4f]), GuardedCalls.Gradients(loss, [leaf])[0]!);
    }

    [Fact]
    public void The_gradient_of_a_sum_has_a_value_of_its_own_for_each_pixel()
    {
        using var scope = NewDisposeScope();
        var leaf = zeros(2, 3).requires_grad_();
        var gradient = GuardedCalls.Gradients(leaf.sum(), [leaf])[0]!;
        gradient[0, 0].fill_(5);
        TensorAssert.Same(tensor(new float[,] { { 5, 1, 1 }, { 1, 1, 1 } }), gradient);
    }

    [Fact]
    public void Without_leaves_nothing_is_differentiated()
    {
        using var scope = NewDisposeScope();
        var other = tensor([2f]).requires_grad_();
        Assert.Empty(GuardedCalls.Gradients((other * 3).sum(), []));
        Assert.Null(other.grad);
    }

    /// <summary>Without the guard, each would end this process.</summary>
    [Fact]
    public void What_libtorch_refuses_is_an_exception()
    {
        using var scope = NewDisposeScope();
        var leaf = tensor([1f]).requires_grad_();
        Assert.StartsWith(
            "element 0 of tensors does not require grad and does not have a grad_fn",
            Assert.ThrowsAny<ExternalException>(() => GuardedCalls.Gradients(zeros(1).sum(), [leaf])).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            "Found 0, expected a number of at least 1.",
            Assert.ThrowsAny<ArgumentException>(() => GuardedCalls.SetThreads(0)).Message, StringComparison.Ordinal);
        using var tooLarge = new TooLarge();
        Assert.StartsWith(
            "[enforce fail at alloc_cpu.cpp",
            Assert.ThrowsAny<ExternalException>(() => GuardedCalls.Move(tooLarge, CPU)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>One value in the place of more than any machine's memory holds.</summary>
    private sealed class TooLarge : Module
    {
        private readonly Parameter weight = nn.Parameter(zeros(1).expand(1L << 55));

        public TooLarge() : base("too-large") => RegisterComponents();

        public override Tensor forward(Tensor input) => input * weight.sum();
    }
}
