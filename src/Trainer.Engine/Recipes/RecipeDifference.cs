using System.Text.Json;

namespace Trainer.Engine.Recipes;

/// <summary>One value in which two resolved recipes differ.</summary>
/// <param name="Path">The place inside the recipe.</param>
/// <param name="Old">The former value as JSON, or null where it was absent.</param>
/// <param name="New">The present value as JSON, or null where it is absent.</param>
public sealed record RecipeDifference(string Path, string? Old, string? New)
{
    /// <summary>Whether a run may be continued with this changed, whatever its schedule.</summary>
    public bool IsFree => IsIn("name") || IsIn("logging") || (IsIn("checkpoint") && !IsIn("checkpoint.monitor"))
        || IsIn("device") || IsIn("Serilog") || IsIn(ExtensionPaths.Key) || IsMeasurement || (IsIn("guard") && !IsIn("guard.learningRateFactor"));

    /// <summary>Whether it is of what is measured at the end.</summary>
    public bool IsMeasurement => IsIn("evaluate.final") || IsIn("evaluate.checks");

    /// <summary>Whether this is the run's length, which may change where the schedule does not depend on it.</summary>
    public bool IsLength => Path is "train.epochs" or "train.maxSteps";

    /// <summary>Whether this decides which images come in which step of an epoch.</summary>
    public bool IsOrder => IsIn("seed") || IsIn("train.batchSize") || IsIn("train.lastBatch")
        || (IsIn("data") && !IsIn("data.augment") && !IsIn("data.path"));

    /// <summary>"train.epochs: 6 → 10".</summary>
    public override string ToString() => $"{Path}: {Old ?? "absent"} → {New ?? "absent"}";

    /// <summary>
    /// Every difference, in the new recipe's order. Lists of different length, and objects of different type, differ as one.
    /// </summary>
    public static IReadOnlyList<RecipeDifference> Between(RecipeNode old, RecipeNode @new)
    {
        var found = new List<RecipeDifference>();
        Compare(old, @new, "", found);
        return found;
    }

    private bool IsIn(string outer) => RecipePath.IsWithin(Path, outer);

    private static void Compare(RecipeNode? old, RecipeNode? @new, string path, List<RecipeDifference> found)
    {
        if (old is { Kind: JsonValueKind.Object } && @new is { Kind: JsonValueKind.Object } && old["type"]?.Text == @new["type"]?.Text)
            foreach (var key in @new.Members.Concat(old.Members).Select(member => member.Key).Distinct())
                Compare(old[key], @new[key], RecipePath.Join(path, key), found);
        else if (old is { Kind: JsonValueKind.Array } && @new is { Kind: JsonValueKind.Array } && old.Items.Count == @new.Items.Count)
            for (var index = 0; index < old.Items.Count; index++)
                Compare(old.Items[index], @new.Items[index], $"{path}[{index}]", found);
        else if (Json(old) != Json(@new) && !IsPlaceOfData(old, @new, path))
            found.Add(new(path, Json(old), Json(@new)));
    }

    /// <summary>The data are compared by their fingerprint, wherever they are.</summary>
    private static bool IsPlaceOfData(RecipeNode? old, RecipeNode? @new, string path) =>
        RecipePath.IsWithin(path, "data") && old is not { IsPath: false } && @new is not { IsPath: false };

    private static string? Json(RecipeNode? node) => node is null ? null : RecipeText.Line(node);
}
