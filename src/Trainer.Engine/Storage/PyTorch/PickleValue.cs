namespace Trainer.Engine.Storage.PyTorch;

/// <summary>A dict, an OrderedDict or a Counter, whole numbers as keys being written as texts.</summary>
internal sealed class PickleDict
{
    /// <summary>The members, in the order in which they were first set.</summary>
    public OrderedDictionary<string, object?> Members { get; } = new(StringComparer.Ordinal);
}

/// <summary>A list or a set.</summary>
internal sealed class PickleList
{
    /// <summary>The items.</summary>
    public List<object?> Items { get; } = [];
}

/// <summary>A tuple, or a torch.Size.</summary>
/// <param name="Items">The items.</param>
internal sealed record PickleTuple(object?[] Items);

/// <summary>One of the few classes and functions that a pickle may name.</summary>
/// <param name="Name">Module and name, separated by a dot.</param>
internal sealed record PickleGlobal(string Name);
