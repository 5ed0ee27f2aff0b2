using System.Collections.Immutable;

namespace Trainer.Engine.Storage.PyTorch;

/// <summary>
/// The closed list of what a pickle may name and call: tensors and plain containers. Each call is computed here;
/// nothing of the file is executed.
/// </summary>
internal static class PickleGlobals
{
    private const string Ordered = "collections.OrderedDict";
    private const string Counter = "collections.Counter";
    private const string Size = "torch.Size";
    private const string Device = "torch.device";
    private const string Tensor = "torch._utils._rebuild_tensor";
    private const string TensorV2 = "torch._utils._rebuild_tensor_v2";
    private const string Parameter = "torch._utils._rebuild_parameter";
    private const string TorchModule = "torch.";

    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        Ordered, Counter, Size, Device, Tensor, TensorV2, Parameter, "builtins.set", "__builtin__.set",
    };

    /// <summary>The class or function; null where it is not on the list.</summary>
    public static PickleGlobal? Find(string module, string name)
    {
        var full = $"{module}.{name}";
        return Known.Contains(full) || StorageDtype(full) is not null ? new(full) : null;
    }

    /// <summary>What a call gives; or what is wrong with it.</summary>
    public static (object? Value, string? Problem) Call(PickleGlobal function, object?[] arguments) =>
        (function.Name, arguments) switch
        {
            (Ordered, []) => (new PickleDict(), null),
            (Counter, []) => (new PickleDict(), null),
            (Counter, [PickleDict counts]) => (counts, null),
            (Size, [PickleTuple sizes]) => (sizes, null),
            (Device, [string device, ..]) => (device, null),
            ("builtins.set" or "__builtin__.set", [PickleList items]) => (items, null),
            (Parameter, [TorchTensor tensor, ..]) => (tensor, null),
            (Tensor or TensorV2,
                [TorchStorage storage, long offset, PickleTuple sizes, PickleTuple strides, ..]) =>
                Rebuild(storage, offset, sizes, strides),
            _ => (null, $"{function.Name} is called with ({string.Join(", ", arguments.Take(8).Select(Kind))})"),
        };

    /// <summary>The storage that a persistent identifier names; or what is wrong with it.</summary>
    /// <param name="identifier">("storage", class, key, device, number of elements), before 1.6 also None.</param>
    public static (TorchStorage? Storage, string? Problem) Storage(object? identifier)
    {
        if (identifier is not PickleTuple
            {
                Items: ["storage", PickleGlobal type, string key, string, long count, .. var view]
            } || StorageDtype(type.Name) is not { } dtype)
            return (null, $"it refers to {Kind(identifier)}, expected a storage");
        if (view is not ([] or [null]))
            return (null, $"the storage '{key}' is a view of another, as only PyTorch before 0.4 wrote it");
        return count < 0 || count > long.MaxValue / sizeof(double)
            ? (null, $"the storage '{key}' claims {count} elements") : (new(key, dtype, count), null);
    }

    /// <summary>What a value is, in one word.</summary>
    public static string Kind(object? value) => value switch
    {
        null => "None",
        PickleDict => "a dict",
        PickleList => "a list",
        PickleTuple => "a tuple",
        PickleGlobal global => global.Name,
        TorchStorage => "a storage",
        TorchTensor => "a tensor",
        string => "a text",
        _ => "a number",
    };

    private static ScalarType? StorageDtype(string full) =>
        full.StartsWith(TorchModule, StringComparison.Ordinal) ? TorchStorage.DtypeOf(full[TorchModule.Length..])
        : null;

    private static (object? Value, string? Problem) Rebuild(
        TorchStorage storage, long offset, PickleTuple sizes, PickleTuple strides) =>
        Numbers(sizes) is { } shape && Numbers(strides) is { } steps
            ? TorchTensor.Create(storage, offset, shape, steps)
            : (null, "the sizes or strides of a tensor are not whole numbers");

    private static ImmutableArray<long>? Numbers(PickleTuple tuple) =>
        tuple.Items.All(item => item is long) ? [.. tuple.Items.Cast<long>()] : null;
}
