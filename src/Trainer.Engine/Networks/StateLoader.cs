using Trainer.Engine.Storage;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;

namespace Trainer.Engine.Networks;

/// <summary>
/// Loads tensors by comparing key, shape and dtype itself: <c>Module.load_state_dict</c> broadcasts a wrong shape into
/// place.
/// </summary>
public static class StateLoader
{
    /// <summary>Copies a file's tensors into a module's parameters and persistent buffers, in place.</summary>
    /// <exception cref="TrainerException">
    /// Key, shape or dtype differ; every difference is listed, and nothing was changed.
    /// </exception>
    public static void Load(SafetensorsFile file, nn.Module module) => Load(file, Tensors(module));

    /// <summary>Copies a file's tensors into others, in place.</summary>
    /// <param name="file">Must hold these keys and no others.</param>
    /// <param name="targets">On any device, of any memory layout.</param>
    /// <exception cref="TrainerException">
    /// Key, shape or dtype differ; every difference is listed, and nothing was changed.
    /// </exception>
    public static void Load(SafetensorsFile file, IReadOnlyList<(string Key, Tensor Tensor)> targets)
    {
        var differences = Compare(file, targets);
        if (differences.Count > 0)
            throw Fault(file, targets.Count, differences);
        foreach (var (key, tensor) in targets)
            file.ReadInto(key, tensor);
    }

    /// <summary>
    /// Every difference between a file and the tensors that it is to be loaded into; none where it fits.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="targets">What it is to be loaded into.</param>
    /// <param name="prefix">What the file's keys have before those of the targets.</param>
    public static IReadOnlyList<StateDifference> Compare(
        ITensorFile file, IReadOnlyList<(string Key, Tensor Tensor)> targets, string prefix = "")
    {
        var differences = new List<StateDifference>();
        foreach (var (key, tensor) in targets)
        {
            var expected = Describe(tensor.dtype, tensor.shape);
            if (!file.Contains(prefix + key))
            {
                differences.Add(new(key, StateProblem.Missing, expected, null));
                continue;
            }
            var entry = file.Entry(prefix + key);
            var found = Describe(entry.Dtype, entry.Shape);
            if (!tensor.shape.AsSpan().SequenceEqual(entry.Shape.AsSpan()))
                differences.Add(new(key, StateProblem.WrongShape, expected, found));
            else if (tensor.dtype != entry.Dtype)
                differences.Add(new(key, StateProblem.WrongDtype, expected, found));
        }
        var known = targets.Select(target => prefix + target.Key).ToHashSet(StringComparer.Ordinal);
        differences.AddRange(file.Entries
            .Where(entry => !known.Contains(entry.Name))
            .Select(entry =>
            new StateDifference(entry.Name, StateProblem.Unexpected, null, Describe(entry.Dtype, entry.Shape))));
        return differences;
    }

    /// <summary>
    /// A module's parameters and persistent buffers under their state-dict keys, in PyTorch's order: module by module.
    /// <c>Module.state_dict</c> lists all parameters before all buffers.
    /// </summary>
    /// <returns>The live tensors, not copies.</returns>
    public static IReadOnlyList<(string Key, Tensor Tensor)> Tensors(nn.Module module)
    {
        var places = Owners(module, "").Index().ToDictionary(
            owner => owner.Item, owner => owner.Index, StringComparer.Ordinal);
        return [.. module.state_dict()
            .OrderBy(pair => places.GetValueOrDefault(pair.Key[..(pair.Key.LastIndexOf('.') + 1)], int.MaxValue))
            .Select(pair => (pair.Key, pair.Value))];
    }

    /// <summary>The beginnings of keys of a module and of those below it, parents first.</summary>
    private static IEnumerable<string> Owners(nn.Module module, string start) =>
        module.named_children().SelectMany(child => Owners(child.module, $"{start}{child.name}.")).Prepend(start);

    internal static TrainerException Fault(
        ITensorFile file, int expected, IReadOnlyList<StateDifference> differences, string more = "") => new(
        ErrorKind.Checkpoint,
        $"'{file.Path}' does not fit, and nothing was loaded; load it into the architecture that it was saved "
        + $"from.{more}"
        + $" Of {Quantity.Of(expected, "tensor")} expected and {file.Entries.Count} found, these differ:"
        + Environment.NewLine
        + string.Join(Environment.NewLine, differences.Select(difference => "  " + difference)));

    private static string Describe(ScalarType dtype, IEnumerable<long> shape) =>
        $"{dtype} [{string.Join(", ", shape)}]";
}
