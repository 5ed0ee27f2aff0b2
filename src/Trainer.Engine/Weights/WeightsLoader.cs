using Trainer.Engine.Networks;
using Trainer.Engine.Storage;
using Trainer.Recipes;

namespace Trainer.Engine.Weights;

/// <summary>
/// Loads weights from elsewhere into a network, as PyTorch's <c>load_state_dict</c> does: values are cast to the
/// network's dtype, and batch norm's <c>num_batches_tracked</c> may be missing. A prefix that every key has, such as
/// the "module." of <c>DataParallel</c>, is removed where the keys then fit; PyTorch refuses them. Keys that take no
/// part in the logits, of a closed list, are left out (<see cref="UnusedKeys"/>).
/// </summary>
public static class WeightsLoader
{
    private const string Counter = "num_batches_tracked";
    private const int MostNamed = 4;

    // Wrappers within each other, as in "_orig_mod.module.".
    private const int MostWrappers = 4;

    /// <summary>Copies a file's tensors into a network's parameters and persistent buffers, in place.</summary>
    /// <param name="file">The weights.</param>
    /// <param name="network">What they are copied into.</param>
    /// <param name="except">Keys that keep the network's own values, whatever the file has; null for none.</param>
    /// <returns>What was done besides copying, one sentence each; empty for a file that fits as it is.</returns>
    /// <exception cref="TrainerException">
    /// Keys or shapes differ, every one of which is listed, or a value is NaN or infinite; nothing was changed.
    /// </exception>
    public static IReadOnlyList<string> Load(
        ITensorFile file, nn.Module network, IReadOnlySet<string>? except = null)
    {
        var targets = Targets(network, except);
        var prefix = Prefix(file, targets);
        var differences = Differences(file, targets, prefix, except);
        if (differences.Count > 0)
            throw StateLoader.Fault(file, targets.Count, differences, Named(prefix));
        var notes = new List<string>(file.Notes);
        var unused = Unused(file, targets, prefix);
        if (unused.Count > 0)
            notes.Add($"Keys of '{file.Path}' that take no part in the logits are left out: {Few(unused)}.");
        if (prefix.Length > 0)
            notes.Add($"Every {(unused.Count > 0 ? "other " : "")}key of '{file.Path}' begins with \"{prefix}\", "
                + "which is left out.");
        CheckFinite(file, targets, prefix);
        using var noGrad = no_grad();
        var cast = new HashSet<(ScalarType From, ScalarType To)>();
        var missing = 0;
        foreach (var (key, tensor) in targets)
        {
            if (!file.Contains(prefix + key))
            {
                missing++;
                continue;
            }
            using var values = file.Read(prefix + key);
            if (values.dtype != tensor.dtype)
                cast.Add((values.dtype, tensor.dtype));
            tensor.copy_(values);
        }
        notes.AddRange(
            cast.Order().Select(pair => $"Values of '{file.Path}' are {pair.From} and are used as {pair.To}."));
        if (missing > 0)
            notes.Add(
                $"'{file.Path}' has no {Counter}, which counts batches and is left as it is in "
                + $"{Quantity.Of(missing, "layer")}.");
        return notes;
    }

    /// <exception cref="TrainerException">A value is no finite number, or not in the network's dtype.</exception>
    private static void CheckFinite(
        ITensorFile file, IReadOnlyList<(string Key, Tensor Tensor)> targets, string prefix)
    {
        foreach (var (key, tensor) in targets.Where(target => file.Contains(prefix + target.Key)))
        {
            using var scope = NewDisposeScope();
            var values = file.Read(prefix + key).to(tensor.dtype);
            var others = values.numel() - values.isfinite().sum().item<long>();
            if (others > 0)
                throw new TrainerException(ErrorKind.Checkpoint, $"'{file.Path}' has {Quantity.Of(others, "value")} "
                    + $"NaN or infinite in \"{prefix + key}\", expected finite numbers of {tensor.dtype}. "
                    + "Nothing was loaded. Get the file again, or take weights from before training failed.");
        }
    }

    /// <summary>Whether a file's tensors can be loaded into a network.</summary>
    /// <param name="file">The weights.</param>
    /// <param name="network">The network.</param>
    /// <returns>How many of its keys are left out; null where it does not fit.</returns>
    internal static int? Fits(ITensorFile file, nn.Module network)
    {
        var targets = Targets(network, except: null);
        var prefix = Prefix(file, targets);
        return Differences(file, targets, prefix, except: null).Count == 0 ? Unused(file, targets, prefix).Count : null;
    }

    /// <summary>Whether every key of a network is in the file, whatever the shapes.</summary>
    internal static bool HasKeysOf(ITensorFile file, nn.Module network)
    {
        var targets = Targets(network, except: null);
        return Differences(file, targets, Prefix(file, targets), except: null)
            .TrueForAll(difference => difference.Problem is StateProblem.WrongShape);
    }

    private static List<(string Key, Tensor Tensor)> Targets(nn.Module network, IReadOnlySet<string>? except) =>
        [.. StateLoader.Tensors(network).Where(target => except?.Contains(target.Key) != true)];

    /// <summary>
    /// The beginning of all keys with which the fewest differ from the network's; none where it makes no difference.
    /// </summary>
    private static string Prefix(ITensorFile file, IReadOnlyList<(string Key, Tensor Tensor)> targets)
    {
        var names = file.Entries.Where(entry => !UnusedKeys.Contains(entry)).Select(entry => entry.Name).ToList();
        if (names.Count == 0)
            return "";
        var first = names[0];
        var beginnings = first.Index().Where(letter => letter.Item == '.').Select(letter => first[..(letter.Index + 1)])
            .Take(MostWrappers).TakeWhile(beginning => names.TrueForAll(
            name => name.StartsWith(beginning, StringComparison.Ordinal)));
        return beginnings.Prepend("").MinBy(beginning => Differences(file, targets, beginning, except: null).Count)!;
    }

    private static List<StateDifference> Differences(
        ITensorFile file, IReadOnlyList<(string Key, Tensor Tensor)> targets, string prefix,
        IReadOnlySet<string>? except) =>
        [.. StateLoader.Compare(file, targets, prefix).Where(difference => difference.Problem switch
        {
            StateProblem.WrongDtype => !CanCast(file.Entry(prefix + difference.Key).Dtype, difference.Key, targets),
            StateProblem.Missing => difference.Key.Split('.')[^1] != Counter,
            StateProblem.Unexpected => !UnusedKeys.Contains(file.Entry(difference.Key))
                && !(difference.Key.StartsWith(prefix, StringComparison.Ordinal)
                && except?.Contains(difference.Key[prefix.Length..]) == true),
            _ => true,
        })];

    /// <summary>The keys that no part of the network has, of those that may be left out.</summary>
    private static List<string> Unused(
        ITensorFile file, IReadOnlyList<(string Key, Tensor Tensor)> targets, string prefix)
    {
        var used = targets.Select(target => prefix + target.Key).ToHashSet(StringComparer.Ordinal);
        return [.. file.Entries.Where(entry => !used.Contains(entry.Name) && UnusedKeys.Contains(entry))
            .Select(entry => entry.Name)];
    }

    private static bool CanCast(ScalarType found, string key, IReadOnlyList<(string Key, Tensor Tensor)> targets) =>
        IsFloatingPoint(found) || !IsFloatingPoint(targets.First(target => target.Key == key).Tensor.dtype)
        && IsInteger(found);

    private static bool IsFloatingPoint(ScalarType type) =>
        type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;

    private static bool IsInteger(ScalarType type) =>
        type is ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 or ScalarType.Int32 or ScalarType.Int64;

    private static string Few(List<string> keys) => string.Join(", ", keys.Take(MostNamed))
        + (keys.Count > MostNamed ? $" and {keys.Count - MostNamed} more" : "");

    private static string Named(string prefix) =>
        prefix.Length == 0 ? "" : $" Every key begins with \"{prefix}\", which is left out here.";
}
