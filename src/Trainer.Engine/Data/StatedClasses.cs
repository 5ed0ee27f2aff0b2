using Trainer.Recipes;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Data;

/// <summary>The classes as a recipe states them: by <c>classNames</c>, or by their number in <c>classes</c>.</summary>
/// <param name="Names">One name a class, in the order of the labels; or null.</param>
/// <param name="Count">The number of classes; or null.</param>
internal sealed record StatedClasses(IReadOnlyList<string>? Names, int? Count)
{
    /// <summary>The conflicts of what is stated.</summary>
    /// <param name="isRequired">Whether one of the two must be stated.</param>
    public IEnumerable<RecipeConflict> Conflicts(bool isRequired)
    {
        if (isRequired && Names is null && Count is null)
            yield return new("classes", "missing, expected the number of classes here or their names in classNames");
        if (Names is { Count: < 2 })
            yield return new("classNames", $"found {Quantity.Of(Names.Count, "name")}, expected at least 2");
        if (Names?.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } repeated)
            yield return new(
                "classNames", $"found '{repeated.Key}' {repeated.Count()} times, expected another name for each class");
        if (Names is { } names && Count is { } classes && classes != names.Count)
            yield return new(
                "classes", $"found {classes}, but classNames has {Quantity.Of(names.Count, "name")}; "
                + "leave one of the two out");
    }

    /// <summary>The names, by default the numbers from 0; null where nothing is stated.</summary>
    public IReadOnlyList<string>? Resolve() =>
        Names ?? (Count is { } count ? [.. Enumerable.Range(0, count).Select(label => $"{label}")] : null);
}
