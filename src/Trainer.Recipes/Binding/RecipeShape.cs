using System.Reflection;
using System.Text.Json;
using Trainer.Recipes.Schema;
using Trainer.Robustness.Components;

namespace Trainer.Recipes.Binding;

/// <summary>What JSON a record can be built from: its constructor's parameters. The binder, the schema and the lists share it.</summary>
public sealed class RecipeShape
{
    private const BindingFlags PropertyOfAnyCase = BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase;
    private readonly ConstructorInfo constructor;

    private RecipeShape(Type type)
    {
        var constructors = type.IsAbstract ? [] : type.GetConstructors();
        constructor = constructors.MaxBy(candidate => candidate.GetParameters().Length)
            ?? throw new InvalidOperationException($"{type} cannot be an option of a recipe: it has no public constructor.");
        Type = type;
        Options = [.. constructor.GetParameters().Select(Describe)];
    }

    /// <summary>The class that is built.</summary>
    public Type Type { get; }

    /// <summary>The options, in the constructor's order.</summary>
    public IReadOnlyList<RecipeOption> Options { get; }

    /// <summary>What the class is, from its doc comment, or null.</summary>
    public string? Description => DocComments.Of(Type.Assembly).Summary(Type);

    /// <summary>Whether the block can be left out because every option of it can.</summary>
    public bool CanBeEmpty => Options.All(option => option.IsOptional);

    /// <summary>The shape of a class.</summary>
    /// <exception cref="InvalidOperationException">It has no public constructor, or one with a parameter that JSON cannot give.</exception>
    public static RecipeShape Of(Type type) => new(type);

    /// <summary>Builds the class from its defaults alone.</summary>
    /// <exception cref="InvalidOperationException">An option has none.</exception>
    public object BuildDefault() => CanBeEmpty
        ? Build([.. Options.Select(option => option.Default ?? (option.AllowsNull ? null : Of(option.Type).BuildDefault()))])
        : throw new InvalidOperationException($"{Type} has options without a default.");

    /// <summary>Builds the class from one value for each option.</summary>
    internal object Build(object?[] values) => constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, values, null);

    /// <summary>The values that a built object has for the options, by the properties of their names; null where there is no such property.</summary>
    internal IReadOnlyList<object?> ValuesOf(object built) =>
        [.. Options.Select(option => Type.GetProperty(option.Key, PropertyOfAnyCase)?.GetValue(built))];

    private RecipeOption Describe(ParameterInfo parameter)
    {
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        var allowsNull = type != parameter.ParameterType || (!type.IsValueType && new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable);
        if (!RecipeValue.IsSupported(type))
            throw new InvalidOperationException(
                $"The parameter {parameter.Name} of {Type} cannot be an option of a recipe: {type} is none of bool, int, long, double, float, string, an enum, a component interface, a record of these, or a list.");
        var property = Type.GetProperty(parameter.Name!, PropertyOfAnyCase);
        var range = parameter.GetCustomAttribute<RangeRuleAttribute>() ?? property?.GetCustomAttribute<RangeRuleAttribute>();
        var isBlock = !allowsNull && RecipeValue.IsBlock(type);
        return new(
            JsonNamingPolicy.CamelCase.ConvertName(parameter.Name!),
            type,
            allowsNull,
            parameter.HasDefaultValue || allowsNull || (isBlock && Of(type).CanBeEmpty),
            parameter.HasDefaultValue ? Default(type, parameter.DefaultValue) : null,
            range,
            parameter.IsDefined(typeof(FilePathAttribute), false),
            property?.GetCustomAttribute<FormerNameAttribute>()?.Name,
            DocComments.Of(Type.Assembly).Parameter(Type, parameter.Name!));
    }

    private static object? Default(Type type, object? value) =>
        value is not null && type.IsEnum ? Enum.ToObject(type, value) : value;
}
