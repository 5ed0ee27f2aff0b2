using System.Text;
using Trainer.Recipes.Binding;
using Trainer.Recipes.Extensions;
using Trainer.Recipes.Parsing;
using Trainer.Robustness.Components;

namespace Trainer.Recipes;

/// <summary>Makes a recipe from its layers, or from the text that a run stored.</summary>
public static class RecipeLoader
{
    /// <summary>Reads a recipe, loads the extensions that it names into the registry, and binds it.</summary>
    /// <exception cref="TrainerException">The recipe is at fault; every fault is listed.</exception>
    public static ResolvedRecipe<T> Load<T>(RecipeSource source, ComponentRegistry registry) where T : notnull
    {
        var tree = RecipeReader.Read(source, out var layers);
        ExtensionLoader.Load(tree, registry);
        return Bind<T>(tree, layers, registry);
    }

    /// <summary>
    /// Reads a resolved recipe back. Extensions that it names are not loaded, because opening a checkpoint executes
    /// nothing: the registry must hold them already.
    /// </summary>
    /// <param name="json">What <see cref="ResolvedRecipe{T}.Text"/> gave.</param>
    /// <param name="source">Where it is stored, for messages.</param>
    /// <param name="registry">The components that it may name.</param>
    /// <param name="set">Values to lay over it, like <c>threat.epsilon=0.2</c>.</param>
    /// <param name="options">Values to lay over it that options of their own name.</param>
    /// <exception cref="TrainerException">The text is at fault; every fault is listed.</exception>
    public static ResolvedRecipe<T> FromText<T>(
        string json, string source, ComponentRegistry registry, IReadOnlyList<string>? set = null,
        IReadOnlyList<OptionValue>? options = null)
        where T : notnull
    {
        var faults = new List<RecipeFault>();
        // A number of the only line names no place.
        var countLines = json.Contains('\n', StringComparison.Ordinal);
        var stored = RecipeParser.ParseFile(Encoding.UTF8.GetBytes(json), source, faults, countLines);
        var overrides = RecipeOverride.InOrder(new(source) { Set = set ?? [], Options = options ?? [] }, faults);
        if (stored is null)
            RecipeFault.ThrowIfAny(faults);
        var layers = new RecipeLayers(stored!, overrides);
        var tree = layers.Merge(faults);
        RecipeFault.ThrowIfAny(faults);
        return Bind<T>(tree, layers, registry, fromCheckpoint: true);
    }

    /// <summary>Binds a merged tree.</summary>
    /// <exception cref="TrainerException">The recipe is at fault; every fault is listed.</exception>
    private static ResolvedRecipe<T> Bind<T>(
        RecipeNode tree, RecipeLayers layers, ComponentRegistry registry, bool fromCheckpoint = false) where T : notnull
    {
        var faults = new List<RecipeFault>();
        var bound = new RecipeBinder(registry, faults, isStored: fromCheckpoint).BindRoot(typeof(T), tree);
        if (fromCheckpoint && faults.Count > 0 && tree[ExtensionPaths.Key] is { } extensions
            && extensions.Items.Where(item => !registry.HasAssembly(item.Text)).ToList() is { Count: > 0 } missing)
        {
            // Components that are not known come of nothing else.
            faults = [.. faults.Where(fault => RecipePath.Split(fault.Path) is not [.., "type"]),
                new(extensions.Origin, ExtensionPaths.Key,
                "a stored recipe's extensions are not loaded by themselves; if you trust them, "
                + $"add {string.Join(" ", missing.Select(item => $"--extension {item.Text}"))}")];
        }
        RecipeFault.ThrowIfAny(layers.Blame(faults, FaultsOf));
        return new((T)bound!.Value!, bound.Node);

        IReadOnlyList<RecipeFault> FaultsOf(RecipeNode other)
        {
            var found = new List<RecipeFault>();
            new RecipeBinder(registry, found, isStored: fromCheckpoint).BindRoot(typeof(T), other);
            return found;
        }
    }
}
