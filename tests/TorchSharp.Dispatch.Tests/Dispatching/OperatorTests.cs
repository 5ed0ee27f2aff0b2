using TorchSharp.Dispatching;
using Xunit;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Dispatching;

/// <summary>libtorch does not check boxed calls; the native library does, against the operator's schema.</summary>
public sealed class OperatorTests
{
    private static readonly Operator add = new("aten::add", "Tensor");
    private static readonly Operator full = new("aten::full");
    private static readonly Operator sum = new("aten::sum", "dim_IntList");
    private static readonly Operator topk = new("aten::topk");
    private static readonly Operator unbind = new("aten::unbind", "int");
    private static readonly Operator maxPool = new("aten::max_pool2d");
    private static readonly Operator index = new("aten::index", "Tensor");
    private static readonly Operator dropout = new("aten::dropout");

    [Fact]
    public void Every_operator_that_the_assembly_names_exists_in_this_libtorch() => Assert.Empty(Native.MissingOperators);

    [Fact]
    public void Missing_trailing_arguments_take_the_schemas_defaults()
    {
        using var scope = NewDisposeScope();
        var left = tensor(new[] { 1f, 2f });
        Assert.Equal([2f, 4f], add.Call(left, left).data<float>().ToArray());
        Assert.Equal([3f, 6f], add.Call(left, left, 2).data<float>().ToArray());
    }

    [Fact]
    public void A_default_can_be_asked_for_before_a_later_argument()
    {
        using var scope = NewDisposeScope();
        var (values, _) = topk.Call2(tensor(new[] { 3f, 1f, 2f }), 2, Argument.Default, false);
        Assert.Equal([1f, 2f], values.data<float>().ToArray());
    }

    [Fact]
    public void An_int_becomes_a_float_where_the_schema_wants_one()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0f, dropout.Call(ones(1), 1, true).item<float>());
    }

    [Fact]
    public void One_int_stands_for_a_list_of_fixed_length()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([1L, 1, 2, 2], maxPool.Call(ones(1, 1, 4, 4), 2).shape);
    }

    [Fact]
    public void Lists_longer_than_the_scratch_memory_arrive_whole()
    {
        using var scope = NewDisposeScope();
        var many = Enumerable.Range(0, 1000).Select(i => tensor((float)i)).ToArray();
        Assert.Equal(499_500f, stack(many).sum().item<float>());
    }

    [Fact]
    public void None_stands_for_an_optional_tensor_in_a_list()
    {
        using var scope = NewDisposeScope();
        Tensor?[] indices = [null, tensor(new long[] { 1 })];
        Assert.Equal([2L, 1], index.Call(ones(2, 3), indices).shape);
    }

    [Fact]
    public void A_list_of_results_is_one_tensor_each()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([1f, 2f], unbind.CallList(tensor(new[] { 1f, 2f })).Select(one => one.item<float>()));
    }

    public static TheoryData<string> Mistakes => [.. mistakes.Keys];

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_wrong_call_is_an_exception_that_names_operator_argument_and_version(string mistake)
    {
        using var scope = NewDisposeScope();
        var (call, text) = mistakes[mistake];
        var failure = Assert.ThrowsAny<Exception>(call);
        Assert.Contains(text, failure.Message, StringComparison.Ordinal);
        Assert.Contains($"libtorch {Native.Version}", failure.Message, StringComparison.Ordinal);
    }

    private static readonly Dictionary<string, (Action Call, string Text)> mistakes = new()
    {
        ["too many"] = (() => add.Call(ones(1), ones(1), 1, 2), "aten::add.Tensor: takes 3 arguments, got 4"),
        ["too few"] = (() => add.Call(ones(1)), "aten::add.Tensor: argument 'other' is missing"),
        ["none at all"] = (() => add.Call(), "aten::add.Tensor: argument 'self' is missing"),
        ["a number for a tensor"] = (() => add.Call(ones(1), 2.0), "argument 'other' is Tensor, got float"),
        ["none for a tensor"] = (() => add.Call(ones(1), Argument.None), "argument 'other' is Tensor, got None"),
        ["a tensor for a number"] = (() => add.Call(ones(1), ones(1), ones(1)), "argument 'alpha' is Scalar, got Tensor"),
        ["text for a list"] = (() => sum.Call(ones(1), "rows"), "argument 'dim' is int[]?, got str"),
        ["a float for an int"] = (() => topk.Call2(ones(3), 1.5), "argument 'k' is int, got float"),
        ["a float for a bool"] = (() => topk.Call2(ones(3), 1, 0, 1.0), "argument 'largest' is bool, got float"),
        ["floats for a list of ints"] = (() => sum.Call(ones(1), new[] { 0.5 }), "argument 'dim' is int[]?, got float[]"),
        ["a device for a size"] = (() => full.Call(CPU, 1), "argument 'size' is int[], got Device"),
        ["none in a list of tensors"] = (() => new Operator("aten::cat").Call(new Tensor?[] { ones(1), null }), "argument 'tensors' is Tensor[], element 1 is None"),
        ["a default where there is none"] = (() => topk.Call2(ones(3), Argument.Default), "argument 'k' has no default"),
        ["one result of two"] = (() => topk.Call(ones(3), 1), "aten::topk: has 2 results, asked for 1"),
        ["three results of two"] = (() => topk.Call3(ones(3), 1), "aten::topk: has 2 results, asked for 3"),
        ["an unknown operator"] = (() => new Operator("aten::no_such", "thing").Call(ones(1)), "has no operator aten::no_such.thing"),
    };

    [Fact]
    public void A_result_of_another_kind_is_an_exception()
    {
        using var one = ones(1);
        Assert.Throws<InvalidOperationException>(() => new Operator("aten::equal").Call(one, one));
        Assert.Throws<InvalidOperationException>(() => new Operator("aten::neg").CallBool(one));
        Assert.Throws<InvalidOperationException>(() => new Operator("aten::neg").CallList(one));
    }

    [Fact]
    public void Calls_after_a_failure_work()
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i < 100; i++)
        {
            Assert.ThrowsAny<Exception>(() => add.Call(ones(2), ones(3)));
            Assert.Equal(2f, add.Call(ones(1), ones(1)).item<float>());
        }
    }

    [Fact]
    public void A_call_allocates_its_result_and_nothing_else()
    {
        using var left = ones(4);
        using var right = ones(4);
        using var warm = left + right;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var result = left + right;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        result.Dispose();
        before = GC.GetAllocatedBytesForCurrentThread();
        left.add_(right);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.InRange(allocated, 1, 64);
    }
}
