using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Trainer.Recipes.Parsing;
using Trainer.Recipes.Schema;
using Trainer.Robustness.Components;

namespace Trainer.Recipes.Binding;

/// <summary>One option of a recipe's block or component: a property that can be set.</summary>
public sealed class RecipeOption
{
    private readonly PropertyInfo property;

    internal RecipeOption(PropertyInfo property, object? defaults)
    {
        this.property = property;
        Type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (!RecipeValue.IsSupported(Type))
            throw new InvalidOperationException(
                $"The property {property.Name} of {property.DeclaringType} cannot be an option of a recipe: "
                + $"{Type} is none "
                + "of bool, int, long, double, float, string, an enum, a component interface, a record of these, "
                + "or a list.");
        AllowsNull = Type != property.PropertyType
            || (!Type.IsValueType
                && new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable);
        Default = defaults is null || IsRequired(property) ? null : property.GetValue(defaults);
        IsOptional = !IsRequired(property) && (AllowsNull || Default is not null);
        Range = property.GetCustomAttribute<RangeRuleAttribute>();
        IsPath = property.IsDefined(typeof(FilePathAttribute));
        FormerKey = property.GetCustomAttribute<FormerNameAttribute>()?.Name;
    }

    /// <summary>The key in JSON, in camel case.</summary>
    public string Key => JsonNamingPolicy.CamelCase.ConvertName(property.Name);

    /// <summary>The type of the value, without the nullable wrapper.</summary>
    public Type Type { get; }

    /// <summary>Whether null is a value of its own.</summary>
    public bool AllowsNull { get; }

    /// <summary>Whether the key may be left out.</summary>
    public bool IsOptional { get; }

    /// <summary>The value where the key is left out.</summary>
    public object? Default { get; }

    /// <summary>What a number, or each number of a list, must satisfy; or null.</summary>
    public RangeRuleAttribute? Range { get; }

    /// <summary>Whether the value names a file or folder.</summary>
    public bool IsPath { get; }

    /// <summary>Whether a run may be resumed with another value.</summary>
    public bool MayChangeAtResume => property.IsDefined(typeof(MayChangeAtResumeAttribute));

    /// <summary>The key of earlier versions, or null.</summary>
    public string? FormerKey { get; }

    /// <summary>The doc comment, or null where none is found.</summary>
    public string? Description => DocComments.Of(property.DeclaringType!.Assembly).Summary(property);

    /// <summary>What the value may be, in words.</summary>
    public string Allowed =>
        RecipeValue.IsComponent(Type) ? $"one of the {ComponentRegistry.NameOf(Type)}"
        : RecipeValue.ItemOf(Type) is { } item && RecipeValue.IsComponent(item)
        ? $"a list of {ComponentRegistry.NameOf(item)}"
        : RecipeValue.Allowed(Type, Range, new());

    /// <summary>The default as JSON; "required" where there is none.</summary>
    public string DefaultText => IsOptional ? RecipeText.Line(RecipeValue.ToNode(Default)) : "required";

    /// <summary>The value that an object has.</summary>
    internal object? Get(object built) => property.GetValue(built);

    /// <summary>Gives an object a value, by the property's setter, which may refuse it.</summary>
    internal void Set(object built, object? value) =>
        property.SetMethod!.Invoke(built, BindingFlags.DoNotWrapExceptions, null, [value], null);

    /// <summary>Whether the property is declared as required, which reflection does not enforce.</summary>
    internal static bool IsRequired(PropertyInfo property) => property.IsDefined(typeof(RequiredMemberAttribute));
}
