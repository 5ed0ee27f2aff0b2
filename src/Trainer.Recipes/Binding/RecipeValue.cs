using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Trainer.Recipes.Parsing;
using Trainer.Robustness.Components;

namespace Trainer.Recipes.Binding;

/// <summary>The types that a recipe's values can have, and their words.</summary>
internal static class RecipeValue
{
    public static bool IsSupported(Type type) =>
        IsScalar(type) || IsComponent(type) || (ItemOf(type) is { } item ? IsSupported(item) : IsBlock(type));

    public static bool IsScalar(Type type) =>
        IsNumber(type) || type == typeof(string) || type == typeof(bool) || type.IsEnum;

    public static bool IsComponent(Type type) =>
        type.IsInterface && type.IsDefined(typeof(ComponentKindAttribute), false);

    /// <summary>Whether the type is a record with options of its own.</summary>
    public static bool IsBlock(Type type) =>
        type is { IsClass: true, IsAbstract: false } && !IsScalar(type) && ItemOf(type) is null;

    /// <summary>The type of a list's items, or null where the type is not a list.</summary>
    public static Type? ItemOf(Type type)
    {
        var item = type.IsArray ? type.GetElementType() : type is { IsInterface: true, IsGenericType: true }
            ? type.GetGenericArguments()[0] : null;
        return item is not null && type.IsAssignableFrom(item.MakeArrayType()) ? item : null;
    }

    public static bool IsWhole(Type type) => type == typeof(int) || type == typeof(long);

    public static bool IsNumber(Type type) => IsWhole(type) || type == typeof(double) || type == typeof(float);

    /// <summary>The words of an enum, in the order of their values: lower case with hyphens.</summary>
    public static IReadOnlyList<string> Words(Type type) => [.. Enum.GetValues(type).Cast<object>().Select(Word)];

    /// <summary>An enum's value as recipes write it: by its JSON attribute, or in lower case with hyphens.</summary>
    public static string Word(object value)
    {
        var name = value.ToString()!;
        return value.GetType().GetField(name)?.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name
            ?? JsonNamingPolicy.KebabCaseLower.ConvertName(name);
    }

    /// <summary>The present word for a former one; null for every other text.</summary>
    public static string? PresentWord(Type type, string text) =>
        Enum.GetValues(type).Cast<object>()
            .FirstOrDefault(
            value => type.GetField(
            value.ToString()!)?.GetCustomAttribute<FormerNameAttribute>()?.Name == text) is { } found
            ? Word(found) : null;

    /// <summary>A default value as a node; records by their options.</summary>
    public static RecipeNode ToNode(object? value) => value switch
    {
        null => RecipeNode.Null(Origin.Default),
        string text => RecipeNode.String(Origin.Default, text),
        bool flag => RecipeNode.Boolean(Origin.Default, flag),
        Enum word => RecipeNode.String(Origin.Default, Word(word)),
        double or float =>
        RecipeNode.Number(Origin.Default, Number(Convert.ToDouble(value, CultureInfo.InvariantCulture))),
        int or long => RecipeNode.Number(Origin.Default, Convert.ToString(value, CultureInfo.InvariantCulture)!),
        IEnumerable items => RecipeNode.Array(Origin.Default, items.Cast<object?>().Select(ToNode)),
        _ => ToObject(value),
    };

    /// <summary>A number as JSON: the shortest text that reads back as the same double.</summary>
    public static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>What a value may be, in words.</summary>
    public static string Allowed(Type type, RangeRuleAttribute? range, ComponentRegistry registry)
    {
        if (IsNumber(type))
            return (range?.Allowed ?? "a number").Replace(
                "a number", IsWhole(type) ? "a whole number" : "a number", StringComparison.Ordinal);
        if (type == typeof(string))
            return "text in quotation marks";
        if (type == typeof(bool))
            return "true or false";
        if (type.IsEnum)
            return OneOf(Words(type));
        if (IsComponent(type))
            return $"an object whose type is {OneOf(registry.Names(type))}";
        if (ItemOf(type) is { } item)
            return $"a list, each item {Allowed(item, range, registry)}";
        var options = RecipeShape.Of(type).Options;
        return options.Count == 0 ? "an empty object"
            : $"an object with {string.Join(", ", options.Select(option => option.Key))}";
    }

    /// <summary>Choices in words.</summary>
    public static string OneOf(IReadOnlyCollection<string> choices) => choices.Count switch
    {
        0 => "a component, of which none is loaded",
        1 => $"\"{choices.First()}\"",
        _ => $"one of {string.Join(", ", choices)}",
    };

    private static RecipeNode ToObject(object value)
    {
        var shape = RecipeShape.Of(value.GetType());
        var members = shape.Options.Select(option => KeyValuePair.Create(option.Key, ToNode(option.Get(value))));
        if (shape.Type.GetCustomAttribute<ComponentAttribute>() is { } component)
            members = members.Prepend(new("type", RecipeNode.String(Origin.Default, component.Type)));
        return RecipeNode.Object(Origin.Default, members);
    }
}
