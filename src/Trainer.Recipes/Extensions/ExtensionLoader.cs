using System.Reflection;
using System.Text.Json;
using Trainer.Recipes.Binding;
using Trainer.Recipes.Parsing;
using Trainer.Robustness.Components;

namespace Trainer.Recipes.Extensions;

/// <summary>
/// Loads the assemblies that a recipe or the command line names as extensions. Never called for a checkpoint's recipe.
/// </summary>
public static class ExtensionLoader
{
    /// <summary>Loads every extension that the recipe's tree names, and adds its components to the registry.</summary>
    /// <exception cref="TrainerException">
    /// An extension is missing, is not an assembly for this version, or clashes with another component.
    /// </exception>
    public static void Load(RecipeNode tree, ComponentRegistry registry)
    {
        if (tree[ExtensionPaths.Key] is not { Kind: JsonValueKind.Array } list)
            return;
        foreach (var item in list.Items.DistinctBy(item => item.Text))
            LoadOne(item, registry);
    }

    /// <summary>Loads extensions that the command line names.</summary>
    /// <param name="files">Assemblies, relative to the working folder.</param>
    /// <param name="registry">Gets their components.</param>
    /// <exception cref="TrainerException">An extension is at fault.</exception>
    public static void Load(IReadOnlyList<string> files, ComponentRegistry registry)
    {
        foreach (var file in files.Select(Path.GetFullPath).Distinct())
            LoadOne(RecipeNode.String(new("--extension"), file), registry);
    }

    private static void LoadOne(RecipeNode item, ComponentRegistry registry)
    {
        var path = item.Text;
        if (!File.Exists(path))
            throw Fault(item, "there is no such file; build the extension, or correct the name", null);
        if (registry.HasFile(Path.GetFullPath(path)))
            return;
        try
        {
            var assembly = Assembly.LoadFrom(path);
            registry.Add(assembly);
            foreach (var type in assembly.GetTypes().Where(type => type.IsDefined(typeof(ComponentAttribute), false)))
                _ = RecipeShape.Of(type);
        }
        catch (BadImageFormatException exception)
        {
            throw Fault(item, "it is not a .NET assembly for this version of .NET; name the .dll that the build wrote",
                exception);
        }
        catch (Exception exception) when (exception is FileLoadException or FileNotFoundException)
        {
            throw Fault(item, $"it, or a library that it needs, cannot be loaded: {exception.Message.TrimEnd('.')}; "
                + "build it against this version of Trainer", exception);
        }
        catch (ReflectionTypeLoadException exception)
        {
            var reason = exception.LoaderExceptions.OfType<Exception>().FirstOrDefault()?.Message ?? exception.Message;
            throw Fault(item, $"its types cannot be loaded: {reason.TrimEnd('.')}; "
                + "build it against this version of Trainer", exception);
        }
        catch (InvalidOperationException exception)
        {
            throw Fault(item, exception.Message.TrimEnd('.'), exception);
        }
    }

    private static TrainerException Fault(RecipeNode item, string problem, Exception? inner) =>
        new(ErrorKind.Recipe, $"{item.Origin}: the extension {item.Text}: {problem}.", inner);
}
