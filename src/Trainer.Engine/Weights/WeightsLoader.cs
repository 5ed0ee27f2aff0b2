using Trainer.Engine.Networks;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;

namespace Trainer.Engine.Weights;

/// <summary>
/// Loads weights from elsewhere into a network, as PyTorch's <c>load_state_dict</c> does: values are cast to the
/// network's dtype, and batch norm's <c>num_batches_tracked</c> may be missing. A prefix that every key has, such as
/// the "module." of <c>DataParallel</c>, is removed where the keys then fit; PyTorch refuses them.
/// </summary>
public static class WeightsLoader
{
    private const string Counter = "num_batches_tracked";

    // Wrappers within each other, as in "_orig_mod.module.".
    private const int MostWrappers = 4;

    /// <summary>Copies a file's tensors into a network's parameters and persistent buffers, in place.</summary>
    /// <param name="file">The weights.</param>
    /// <param name="network">What they are copied into.</param>
    /// <returns>What was done besides copying, one sentence each; empty for a file that fits as it is.</returns>
    /// <exception cref="TrainerException">
    /// Keys or shapes differ; every difference is listed, and nothing was changed.
    /// </exception>
    public static IReadOnlyList<string> Load(SafetensorsFile file, nn.Module network)
    {
        var targets = StateLoader.Tensors(network);
        var prefix = Prefix(file, targets);
        var differences = Differences(file, targets, prefix);
        if (differences.Count > 0)
            throw StateLoader.Fault(file, targets.Count, differences, Named(prefix));
        var notes = new List<string>();
        if (prefix.Length > 0)
            notes.Add($"Every key of '{file.Path}' begins with \"{prefix}\", which is left out.");
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
                $"'{file.Path}' has no {Counter}, which counts batches and is left as it is in {missing} layers.");
        return notes;
    }

    /// <summary>
    /// The beginning of all keys with which the fewest differ from the network's; none where it makes no difference.
    /// </summary>
    private static string Prefix(SafetensorsFile file, IReadOnlyList<(string Key, Tensor Tensor)> targets)
    {
        if (file.Entries.Count == 0)
            return "";
        var first = file.Entries[0].Name;
        var beginnings = first.Index().Where(letter => letter.Item == '.').Select(letter => first[..(letter.Index + 1)])
            .Take(MostWrappers).TakeWhile(beginning => file.Entries.All(
            entry => entry.Name.StartsWith(beginning, StringComparison.Ordinal)));
        return beginnings.Prepend("").MinBy(beginning => Differences(file, targets, beginning).Count)!;
    }

    private static List<StateDifference> Differences(
        SafetensorsFile file, IReadOnlyList<(string Key, Tensor Tensor)> targets, string prefix) =>
        [.. StateLoader.Compare(file, targets, prefix).Where(difference => difference.Problem switch
        {
            StateProblem.WrongDtype => !CanCast(file.Entry(prefix + difference.Key).Dtype, difference.Key, targets),
            StateProblem.Missing => difference.Key.Split('.')[^1] != Counter,
            _ => true,
        })];

    private static bool CanCast(ScalarType found, string key, IReadOnlyList<(string Key, Tensor Tensor)> targets) =>
        IsFloatingPoint(found) || !IsFloatingPoint(targets.First(target => target.Key == key).Tensor.dtype)
        && IsInteger(found);

    private static bool IsFloatingPoint(ScalarType type) =>
        type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;

    private static bool IsInteger(ScalarType type) =>
        type is ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 or ScalarType.Int32 or ScalarType.Int64;

    private static string Named(string prefix) =>
        prefix.Length == 0 ? "" : $" Every key begins with \"{prefix}\", which is left out here.";
}
