namespace Trainer.Engine.Storage.PyTorch;

/// <summary>The tensors that are the weights among all that a file holds.</summary>
/// <param name="Key">The key under which they were found; null for the value that was saved itself.</param>
/// <param name="Tensors">By name, in the file's order.</param>
/// <param name="Others">How many other values are beside the tensors.</param>
internal sealed record StateDict(string? Key, IReadOnlyDictionary<string, TorchTensor> Tensors, int Others)
{
    /// <summary>Other keys under which the file has the same dict.</summary>
    public IReadOnlyList<string> SameAs { get; private init; } = [];

    /// <summary>Where other tensors are that were not chosen, in words; null for nowhere.</summary>
    public string? Elsewhere { get; private init; }

    // A state dict within a dict within the file, as in {"model": {"state_dict": …}}.
    private const int DeepestLevel = 3;
    private const int MostNamed = 10;

    /// <summary>
    /// Chooses the value itself where no dict below it holds more tensors, else the one dict below it that holds some:
    /// a tensor may be beside the weights, as in {"best_acc1": …, "state_dict": …}.
    /// </summary>
    /// <param name="root">The value that was saved.</param>
    /// <param name="key">The key of the state dict to take, levels separated by dots; null to choose.</param>
    /// <param name="fault">Makes the error.</param>
    /// <exception cref="TorchFileException">There is none, or more than one.</exception>
    public static StateDict Choose(object? root, string? key, Func<TorchFileError, string, TorchFileException> fault)
    {
        var found = new List<(string Key, PickleDict Dict)>();
        if (root is PickleDict dict)
            Collect(dict, "", found, new(ReferenceEqualityComparer.Instance), 0);
        if (key is not null)
            return found.Exists(item => item.Key == key) ? Of(found.First(item => item.Key == key), found)
                : throw fault(TorchFileError.NoStateDict,
                    $"under the key \"{key}\" are no tensors; {Present(root, found)}");
        var dicts = found.DistinctBy(item => item.Dict, ReferenceEqualityComparer.Instance).ToList();
        var below = dicts.Where(item => item.Key.Length > 0).ToList();
        if (dicts is [("", var top), ..] && below.TrueForAll(item => Count(item.Dict) <= Count(top)))
            return Of(found[0], found) with
            {
                Elsewhere = below.Count == 0 ? null : $"under {Quote(Keys(below))}",
            };
        return below switch
        {
            [var only] => Of(only, found) with { Elsewhere = dicts.Count == 1 ? null : "at the top" },
            [] => throw fault(TorchFileError.NoStateDict, $"no state dict is in it; {Present(root, found)}"),
            _ => throw fault(TorchFileError.NoStateDict,
                $"several state dicts are in it, and none is chosen for you; {Present(root, found)}; "
                + "name one with --weights-key, or in a recipe with \"weightsKey\""),
        };
    }

    private static int Count(PickleDict dict) => dict.Members.Values.Count(value => value is TorchTensor);

    private static StateDict Of((string Key, PickleDict Dict) found, List<(string Key, PickleDict Dict)> all)
    {
        var tensors = new OrderedDictionary<string, TorchTensor>(StringComparer.Ordinal);
        foreach (var (name, value) in found.Dict.Members)
            if (value is TorchTensor tensor)
                tensors.Add(name, tensor);
        return new(found.Key.Length == 0 ? null : found.Key, tensors, found.Dict.Members.Count - tensors.Count)
        {
            SameAs = [.. all.Where(item => ReferenceEquals(item.Dict, found.Dict) && item.Key != found.Key)
                .Select(item => item.Key)],
        };
    }

    /// <summary>The dicts that hold tensors, but for an optimizer's.</summary>
    private static void Collect(
        PickleDict dict, string key, List<(string, PickleDict)> found, HashSet<object> seen, int level)
    {
        if (key.Contains("optim", StringComparison.OrdinalIgnoreCase))
            return;
        if (dict.Members.Values.Any(value => value is TorchTensor))
            found.Add((key, dict));
        if (!seen.Add(dict) || level == DeepestLevel)
            return;
        foreach (var (name, value) in dict.Members)
            if (value is PickleDict inner)
                Collect(inner, key.Length == 0 ? name : $"{key}.{name}", found, seen, level + 1);
    }

    private static string Present(object? root, List<(string Key, PickleDict Dict)> found) =>
        found.Count > 0 ? $"tensors are under {Quote(Keys(found))}"
        : root is PickleDict { Members: { Count: > 0 } members } ? $"it has the keys {Quote(members.Keys)}"
        : $"it is {PickleGlobals.Kind(root)}, expected a dict of tensors";

    private static IEnumerable<string> Keys(List<(string Key, PickleDict Dict)> dicts) =>
        dicts.Select(item => item.Key);

    private static string Quote(IEnumerable<string> keys)
    {
        var first = keys.Take(MostNamed + 1).Select(key => key.Length == 0 ? "the top" : $"\"{key}\"").ToList();
        return string.Join(", ", first.Take(MostNamed)) + (first.Count > MostNamed ? ", …" : "");
    }
}
