using System.Reflection;
using Trainer.Engine;
using Trainer.Engine.Training;
using Trainer.Recipes.Binding;
using Trainer.Recipes.Parsing;
using Trainer.Robustness;
using Trainer.Robustness.Components;
using Trainer.Robustness.Objectives;

namespace Trainer.Tests.Recipes;

/// <summary>Every option of every component and of every block of the recipe.</summary>
public sealed class OptionTests
{
    private static readonly ComponentRegistry Registry = BuiltInComponents.Registry();

    public static TheoryData<Type> Types => [.. Reached()];

    public static TheoryData<Type, string, double> ValuesOutside => [.. Reached().SelectMany(type =>
        from option in RecipeShape.Of(type).Options
        where option.Range is not null
        from value in Outside(option)
        select (type, option.Key, value))];

    [Theory]
    [MemberData(nameof(Types))]
    public void A_default_is_within_its_range(Type type)
    {
        foreach (var option in RecipeShape.Of(type)
            .Options.Where(option => option is { Range: not null, Default: not null }))
            Assert.All(Numbers(option.Default!), number =>
                Assert.True(option.Range!.Holds(number), $"{option.Key}: {number}"));
    }

    [Theory]
    [MemberData(nameof(ValuesOutside))]
    public void A_value_just_outside_its_range_is_refused_by_name(Type type, string key, double value)
    {
        var property = type.GetProperty(key, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase)!;
        var made = Activator.CreateInstance(type)!;
        var copy = type.GetMethod("<Clone>$")!.Invoke(made, null);
        // An initialiser calls the setter of a new object, and "with" that of a copy.
        foreach (var target in new[] { made, copy })
        {
            var thrown = Assert.Throws<ArgumentOutOfRangeException>(() =>
                property.SetMethod!.Invoke(
                target, BindingFlags.DoNotWrapExceptions, null, [Of(property.PropertyType, value)], null));
            Assert.Equal(property.Name, thrown.ParamName);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_required_option_that_is_missing_is_reported(Type type)
    {
        var required = type.GetProperties().Where(RecipeOption.IsRequired)
            .Select(property => property.Name.ToUpperInvariant());
        var faults = new List<RecipeFault>();
        new RecipeBinder(Registry, faults, isStored: false).BindRoot(type, RecipeNode.Object(Origin.Default, []));
        Assert.Equal(
            required, faults.Where(fault => fault.Problem.StartsWith("missing", StringComparison.Ordinal))
            .Select(fault => fault.Path.ToUpperInvariant()));
    }

    [Fact]
    public void A_class_with_constructor_parameters_is_refused_with_the_form_to_use()
    {
        var refused = Assert.Throws<InvalidOperationException>(() => RecipeShape.Of(typeof(Positional)));
        Assert.Equal(
            $"{typeof(Positional)} cannot be an option of a recipe: it has no public constructor without parameters. "
            + "Declare each option as a property: "
            + "\"public int Steps { get; init; } = 10;\", with \"required\" where a recipe must give it.",
            refused.Message);
    }

    [Fact]
    public void Options_that_do_not_fit_together_are_refused_where_they_are_used()
    {
        var paired = new Mix { Pairing = Pairing.Paired };
        Assert.Equal("cleanFraction", Assert.Throws<ArgumentException>(() => Require.Consistent(paired)).ParamName);
        using var network = nn.Identity();
        var uneven = new Normalisation { Mean = [0.5], Deviation = [0.5, 0.5] };
        var thrown = Assert.Throws<ArgumentException>(() => new Classifier(network, 2, uneven));
        Assert.StartsWith("Found [0.5, 0.5], expected 1 values above 0", thrown.Message, StringComparison.Ordinal);
    }

    private static HashSet<Type> Reached()
    {
        var components = Registry.Kinds.SelectMany(
            kind => Registry.Names(kind).Select(name => Registry.Find(kind, name)!));
        var found = new HashSet<Type>();
        var open = new Queue<Type>(components.Prepend(typeof(Recipe)));
        while (open.TryDequeue(out var type))
            if (found.Add(type))
                foreach (var option in RecipeShape.Of(type).Options)
                    if ((RecipeValue.ItemOf(option.Type) ?? option.Type) is var block && RecipeValue.IsBlock(block))
                        open.Enqueue(block);
        return found;
    }

    private static IEnumerable<double> Outside(RecipeOption option)
    {
        var range = option.Range!;
        var whole = RecipeValue.IsWhole(RecipeValue.ItemOf(option.Type) ?? option.Type);
        if (double.IsFinite(range.Minimum))
            yield return range.MinimumIsExcluded ? range.Minimum : whole ? range.Minimum - 1
                : Math.BitDecrement(range.Minimum);
        if (double.IsFinite(range.Maximum))
            yield return whole ? range.Maximum + 1 : Math.BitIncrement(range.Maximum);
        if (!whole)
            yield return double.NaN;
    }

    private static IEnumerable<double> Numbers(object value) =>
        value is System.Collections.IEnumerable list ? list.Cast<object>().SelectMany(Numbers)
        : [Convert.ToDouble(value)];

    private static object Of(Type type, double value)
    {
        if (RecipeValue.ItemOf(type) is not { } item)
            return Convert.ChangeType(value, Nullable.GetUnderlyingType(type) ?? type);
        var list = Array.CreateInstance(item, 1);
        list.SetValue(Of(item, value), 0);
        return list;
    }

    private sealed record Positional(int Steps);
}
