using System.Globalization;

namespace Trainer.Engine.Data;

/// <summary>The names of classes, by which labels of two sets of images are compared.</summary>
internal static class NamedClasses
{
    /// <summary>Whether classes have names: those of a source without any are their numbers.</summary>
    /// <param name="names">One name a class, in the order of the labels.</param>
    public static bool Exist(IReadOnlyList<string> names) =>
        names.Index().Any(item => item.Item != item.Index.ToString(CultureInfo.InvariantCulture));

    /// <summary>The first difference: what was found and what was expected.</summary>
    /// <param name="found">One name a class, in the order of the labels.</param>
    /// <param name="expected">As many.</param>
    /// <returns>Null where they are the same, or where one of the two has no names.</returns>
    public static string? Difference(IReadOnlyList<string> found, IReadOnlyList<string> expected)
    {
        if (!Exist(found) || !Exist(expected))
            return null;
        var (label, pair) = found.Zip(expected).Index().FirstOrDefault(item => item.Item.First != item.Item.Second);
        return pair == default ? null : $"found '{pair.First}' as class {label}, expected '{pair.Second}'";
    }
}
