using System.Runtime.CompilerServices;

namespace TorchSharp.Dispatching;

/// <summary>An ATen operator by schema name, found once and called through libtorch's dispatcher.</summary>
/// <param name="name">For example aten::add.</param>
/// <param name="overload">For example Tensor; empty for the unnamed overload.</param>
internal sealed class Operator(string name, string overload = "")
{
    private const int StackScratch = 1024;
    private nint handle;

    public string Name { get; } = overload.Length == 0 ? name : $"{name}.{overload}";

    /// <summary>Calls an operator with exactly one result, a tensor.</summary>
    public unsafe torch.Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        Value result;
        Invoke(arguments, &result, 1);
        return result.Tag == Tag.Tensor
            ? new torch.Tensor((nint)result.Pointer)
            : throw new InvalidOperationException($"{Name} returned {result.Tag} where a tensor was expected");
    }

    /// <summary>Calls an operator with two tensors as results; an undefined one is an invalid tensor.</summary>
    public unsafe (torch.Tensor First, torch.Tensor Second) Call2(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc Value[2];
        Invoke(arguments, results, 2);
        return (ToTensor(results[0]), ToTensor(results[1]));
    }

    /// <summary>Calls an operator with three tensors as results; an undefined one is an invalid tensor.</summary>
    public unsafe (torch.Tensor First, torch.Tensor Second, torch.Tensor Third) Call3(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc Value[3];
        Invoke(arguments, results, 3);
        return (ToTensor(results[0]), ToTensor(results[1]), ToTensor(results[2]));
    }

    /// <summary>Calls an operator whose only result is a list of tensors.</summary>
    public unsafe torch.Tensor[] CallList(params ReadOnlySpan<Argument> arguments)
    {
        Value result;
        Invoke(arguments, &result, 1);
        Expect(Tag.TensorList, result.Tag);
        var tensors = new torch.Tensor[result.Length];
        for (var i = 0; i < tensors.Length; i++)
            tensors[i] = torch.Tensor.Wrap(((nint*)result.Pointer)[i]);
        return tensors;
    }

    /// <summary>Calls an in-place operator on its first argument and drops the result, which is that argument.</summary>
    public unsafe void CallInPlace(torch.Tensor self, params ReadOnlySpan<Argument> arguments)
    {
        var all = new ArgumentBuffer();
        Span<Argument> withSelf = all;
        if (arguments.Length >= withSelf.Length)
            throw new ArgumentException($"{Name}: at most {withSelf.Length - 1} arguments beside the tensor itself");
        withSelf[0] = self;
        arguments.CopyTo(withSelf[1..]);
        Invoke(withSelf[..(arguments.Length + 1)], null, 0);
    }

    /// <summary>Calls an operator for its effect and drops whatever it returns.</summary>
    public unsafe void CallVoid(params ReadOnlySpan<Argument> arguments) => Invoke(arguments, null, 0);

    public unsafe bool CallBool(params ReadOnlySpan<Argument> arguments)
    {
        Value result;
        Invoke(arguments, &result, 1);
        Expect(Tag.Bool, result.Tag);
        return result.Integer != 0;
    }

    public unsafe long CallLong(params ReadOnlySpan<Argument> arguments)
    {
        Value result;
        Invoke(arguments, &result, 1);
        Expect(Tag.Int, result.Tag);
        return result.Integer;
    }

    public unsafe double CallDouble(params ReadOnlySpan<Argument> arguments)
    {
        Value result;
        Invoke(arguments, &result, 1);
        Expect(Tag.Double, result.Tag);
        return result.Real;
    }

    public unsafe Scalar CallScalar(params ReadOnlySpan<Argument> arguments)
    {
        Value result;
        Invoke(arguments, &result, 1);
        return result.Tag switch
        {
            Tag.Int => (Scalar)result.Integer,
            Tag.Double => (Scalar)result.Real,
            Tag.Bool => (Scalar)(result.Integer != 0),
            Tag.Complex => (Scalar)new System.Numerics.Complex(((double*)result.Pointer)[0], ((double*)result.Pointer)[1]),
            var found => throw new InvalidOperationException($"{Name} returned {found} where a number was expected"),
        };
    }

    /// <summary>Whether this libtorch has the operator.</summary>
    internal bool Exists() => Handle() != 0;

    private nint Handle()
    {
        if (handle == 0) handle = Native.FindOperator(name, overload);
        return handle;
    }

    [SkipLocalsInit]
    private unsafe void Invoke(ReadOnlySpan<Argument> arguments, Value* results, int resultCount)
    {
        var target = handle;
        if (target == 0)
        {
            Native.EnsureLoaded();
            target = Handle();
            if (target == 0) throw new NotSupportedException($"libtorch {Native.Version} has no operator {Name}");
        }

        var values = stackalloc Value[arguments.Length];
        var needed = 0;
        foreach (ref readonly var argument in arguments)
            needed += argument.ScratchBytes;
        var local = stackalloc byte[StackScratch];
        var large = needed > StackScratch ? GC.AllocateUninitializedArray<byte>(needed, pinned: true) : null;
        var scratch = large is null ? local : (byte*)Unsafe.AsPointer(ref large[0]);

        for (var i = 0; i < arguments.Length; i++)
            scratch += arguments[i].Write(values + i, scratch);
        var status = Native.CallOperator(target, values, arguments.Length, results, resultCount);
        foreach (ref readonly var argument in arguments)
            argument.KeepAlive();
        GC.KeepAlive(large);
        Native.Check(status);
    }

    private static unsafe torch.Tensor ToTensor(Value value) => torch.Tensor.Wrap(value.Tag == Tag.Tensor ? (nint)value.Pointer : 0);

    private void Expect(Tag expected, Tag found)
    {
        if (expected != found) throw new InvalidOperationException($"{Name} returned {found} where {expected} was expected");
    }

    [InlineArray(16)]
    private struct ArgumentBuffer
    {
        private Argument first;
    }
}
