namespace Trainer.Recipes.Parsing;

/// <summary>A recipe's files, merged, and the values that the environment and the command line set over them.</summary>
/// <param name="files">The files.</param>
/// <param name="overrides">The values, in the order in which they are set.</param>
internal sealed class RecipeLayers(RecipeNode files, IReadOnlyList<RecipeOverride> overrides)
{
    /// <summary>All of it in one tree.</summary>
    public RecipeNode Merge(List<RecipeFault> faults) => Merge(overrides, faults);

    /// <summary>
    /// Names the override that causes a fault elsewhere, such as a norm that takes ε away, or that an attack of the
    /// file does not support.
    /// </summary>
    /// <param name="faults">The faults of the merged tree.</param>
    /// <param name="find">Finds the faults of another tree.</param>
    public IReadOnlyList<RecipeFault> Blame(
        IReadOnlyList<RecipeFault> faults, Func<RecipeNode, IReadOnlyList<RecipeFault>> find)
    {
        if (faults.All(IsOfOverride))
            return faults;
        var own = find(files);
        return [.. faults.Select(fault =>
            IsOfOverride(fault) || own.Any(fault.IsSameAs) ? fault : fault with { Origin = new(Causes(fault, find)) })];
    }

    private string Causes(RecipeFault fault, Func<RecipeNode, IReadOnlyList<RecipeFault>> find)
    {
        IReadOnlyList<RecipeFault> Without(RecipeOverride change) =>
            find(Merge(overrides.Where(other => other != change), []));
        var causes = overrides.Where(change => !Without(change).Any(fault.IsSameAs)).ToList();
        return string.Join(" and ", (causes.Count > 0 ? causes : overrides).Select(cause => cause.Written));
    }

    private bool IsOfOverride(RecipeFault fault) =>
        overrides.Any(change => change.Value.Origin.Source == fault.Origin.Source);

    private RecipeNode Merge(IEnumerable<RecipeOverride> changes, List<RecipeFault> faults) =>
        changes.Aggregate(files, (tree, change) => change.Apply(tree, faults));
}
