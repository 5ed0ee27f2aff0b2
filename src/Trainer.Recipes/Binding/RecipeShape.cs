using System.Collections.Concurrent;
using System.Reflection;
using Trainer.Recipes.Extensions;
using Trainer.Recipes.Parsing;
using Trainer.Recipes.Schema;

namespace Trainer.Recipes.Binding;

/// <summary>
/// What JSON a class can be built from: its public properties that can be set. The binder, the schema and the lists
/// share it.
/// </summary>
public sealed class RecipeShape
{
    /// <summary>The section that Serilog.Settings.Configuration reads.</summary>
    public const string LogsSection = "Serilog";

    private static readonly ConcurrentDictionary<Type, RecipeShape> Known = new();

    private RecipeShape(Type type)
    {
        Type = type;
        if (type.IsAbstract || type.GetConstructor([]) is null)
            throw new InvalidOperationException(
                $"{type} cannot be an option of a recipe: it has no public constructor without parameters. "
                + "Declare each "
                + "option as a property: \"public int Steps { get; init; } = 10;\", "
                + "with \"required\" where a recipe must "
                + "give it.");
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0)
            // The class's own come first.
            .OrderBy(property => property.DeclaringType != type).ThenBy(property => property.MetadataToken).ToList();
        var defaults = properties.Exists(property => !RecipeOption.IsRequired(property)) ? CreateDefault() : null;
        Options = [.. properties.Select(property => new RecipeOption(property, defaults))];
    }

    /// <summary>The class that is built.</summary>
    public Type Type { get; }

    /// <summary>The options, as they are declared.</summary>
    public IReadOnlyList<RecipeOption> Options { get; }

    /// <summary>The paths of the options, of this block and those within it, that may change at resume.</summary>
    public IEnumerable<string> MayChangeAtResume => Options.SelectMany(option =>
        option.MayChangeAtResume ? [option.Key]
        : RecipeValue.IsBlock(option.Type)
            ? Of(option.Type).MayChangeAtResume.Select(inner => RecipePath.Join(option.Key, inner))
        : []);

    /// <summary>What the class is, from its doc comment, or null.</summary>
    public string? Description => DocComments.Of(Type.Assembly).Summary(Type);

    /// <summary>The sections of its file that others read: extensions and, where it may configure them, logs.</summary>
    public IReadOnlyList<string> PassedThrough => Type.IsDefined(typeof(ConfiguresLogsAttribute))
        ? [ExtensionPaths.Key, LogsSection] : [ExtensionPaths.Key];

    /// <summary>Whether the class can be built from its defaults alone.</summary>
    public bool CanBeEmpty => Options.All(option => option.IsOptional);

    /// <summary>The shape of a class.</summary>
    /// <exception cref="InvalidOperationException">
    /// It cannot be built without arguments, or JSON cannot give one of its properties.
    /// </exception>
    public static RecipeShape Of(Type type) => Known.GetOrAdd(type, key => new RecipeShape(key));

    /// <summary>Builds the class from its defaults alone.</summary>
    /// <exception cref="InvalidOperationException">An option has none.</exception>
    public object BuildDefault() => CanBeEmpty ? Create()
        : throw new InvalidOperationException($"{Type} has options without a default.");

    /// <summary>A new object, before its options are set.</summary>
    internal object Create() => Activator.CreateInstance(Type, BindingFlags.DoNotWrapExceptions, null, null, null)!;

    private object CreateDefault()
    {
        try
        {
            return Create();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException(
                $"the constructor of {Type.FullName} in {Type.Assembly.GetName().Name} threw "
                + $"{exception.GetType().Name}: "
                + $"{exception.Message.TrimEnd('.')}; mend that class",
                exception);
        }
    }
}
