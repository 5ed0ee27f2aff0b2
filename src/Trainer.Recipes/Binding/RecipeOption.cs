using Trainer.Recipes.Parsing;
using Trainer.Robustness.Components;

namespace Trainer.Recipes.Binding;

/// <summary>One option of a recipe's block or component: a parameter of its constructor.</summary>
/// <param name="Key">The key in JSON, in camel case.</param>
/// <param name="Type">The type of the value, without the nullable wrapper.</param>
/// <param name="AllowsNull">Whether null is a value of its own.</param>
/// <param name="IsOptional">Whether the key may be left out.</param>
/// <param name="Default">The value where the key is left out.</param>
/// <param name="Range">What a number, or each number of a list, must satisfy; or null.</param>
/// <param name="IsPath">Whether the value names a file or folder.</param>
/// <param name="FormerKey">The key of earlier versions, or null.</param>
/// <param name="Description">The doc comment, or null where none is found.</param>
public sealed record RecipeOption(
    string Key, Type Type, bool AllowsNull, bool IsOptional, object? Default, RangeRuleAttribute? Range, bool IsPath, string? FormerKey, string? Description)
{
    /// <summary>What the value may be, in words.</summary>
    public string Allowed =>
        RecipeValue.IsComponent(Type) ? $"one of the {ComponentRegistry.NameOf(Type)}"
        : RecipeValue.ItemOf(Type) is { } item && RecipeValue.IsComponent(item) ? $"a list of {ComponentRegistry.NameOf(item)}"
        : RecipeValue.Allowed(Type, Range, new());

    /// <summary>The default as JSON; "required" where there is none.</summary>
    public string DefaultText => IsOptional ? RecipeText.Line(RecipeValue.ToNode(Default)) : "required";
}
