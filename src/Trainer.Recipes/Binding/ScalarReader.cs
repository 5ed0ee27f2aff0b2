using System.Globalization;
using System.Text.Json;
using Trainer.Recipes.Parsing;
using Trainer.Robustness.Components;

namespace Trainer.Recipes.Binding;

/// <summary>Reads numbers, words, texts and truth values.</summary>
internal static class ScalarReader
{
    /// <summary>The value, or null where the node does not hold one of that type and range.</summary>
    public static Bound? Read(Type type, RangeRuleAttribute? range, RecipeNode node)
    {
        if (type == typeof(string))
            return node.Kind == JsonValueKind.String ? new(node.Text, node) : null;
        if (type == typeof(bool))
            return node.Kind is JsonValueKind.True or JsonValueKind.False ? new(node.Kind == JsonValueKind.True, node)
                : null;
        if (type.IsEnum)
            return ReadWord(type, node);
        return RecipeValue.IsWhole(type) ? ReadWhole(type, range, node) : ReadNumber(type, range, node);
    }

    /// <summary>What to add to the message where a value was refused.</summary>
    public static string Hint(Type type, RecipeNode node)
    {
        if (!RecipeValue.IsNumber(type))
            return "";
        if (node.Kind == JsonValueKind.String)
            return double.IsFinite(Parse(node.Text)) ? ", without quotation marks"
                : RecipeValue.IsWhole(type) ? "" : ", or a fraction like \"8/255\"";
        var largest = Type.GetTypeCode(type) switch
        {
            TypeCode.Int32 => (object)int.MaxValue,
            TypeCode.Int64 => long.MaxValue,
            TypeCode.Single => float.MaxValue,
            _ => double.MaxValue,
        };
        return node.Kind == JsonValueKind.Number
            && Math.Abs(Parse(node.Text)) > Convert.ToDouble(largest, CultureInfo.InvariantCulture)
            ? $", up to {largest}" : "";
    }

    private static Bound? ReadWord(Type type, RecipeNode node)
    {
        if (node.Kind != JsonValueKind.String)
            return null;
        var value = Enum.GetValues(type).Cast<object>().FirstOrDefault(value => RecipeValue.Word(value) == node.Text);
        return value is null ? null : new(value, node);
    }

    private static Bound? ReadWhole(Type type, RangeRuleAttribute? range, RecipeNode node)
    {
        if (node.Kind != JsonValueKind.Number
            || !decimal.TryParse(node.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            || number != decimal.Truncate(number)
            || number < (type == typeof(int) ? int.MinValue : long.MinValue)
            || number > (type == typeof(int) ? int.MaxValue : long.MaxValue)
            || range?.Holds((double)number) == false)
            return null;
        var value = type == typeof(int) ? (object)(int)number : (long)number;
        return new(value, RecipeNode.Number(
            node.Origin, Convert.ToString(value, CultureInfo.InvariantCulture)!, node.Text));
    }

    private static Bound? ReadNumber(Type type, RangeRuleAttribute? range, RecipeNode node)
    {
        var number = node.Kind switch
        {
            JsonValueKind.Number => Parse(node.Text),
            JsonValueKind.String => Fraction(node.Text),
            _ => double.NaN,
        };
        if (!double.IsFinite(number) || range?.Holds(number) == false
            || (type == typeof(float) && !float.IsFinite((float)number)))
            return null;
        var written = node.Kind == JsonValueKind.String ? $"\"{node.Text}\"" : node.Text;
        return new(type == typeof(float) ? (object)(float)number
            : number, RecipeNode.Number(node.Origin, RecipeValue.Number(number), written));
    }

    private static double Fraction(string text) =>
        text.Split('/') is [var over, var under] ? Parse(over) / Parse(under) : double.NaN;

    private static double Parse(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN;
}
