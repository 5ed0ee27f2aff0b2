using System.Text;
using System.Text.Json;
using Trainer.Recipes.Parsing;

namespace Trainer.Cli.Recipes;

/// <summary>Writes a resolved recipe as JSON whose comments name the origin of each value.</summary>
internal sealed class AnnotatedRecipe
{
    private const int Widest = 60;
    private readonly List<(string Text, string Comment)> lines = [];

    private AnnotatedRecipe()
    {
    }

    /// <summary>The whole text; it is a recipe itself.</summary>
    public static string Write(RecipeNode tree)
    {
        var writer = new AnnotatedRecipe();
        writer.Add(tree, "", "", "");
        var column = writer.lines.Where(line => line.Comment.Length > 0 && line.Text.Length <= Widest)
            .Select(line => line.Text.Length).DefaultIfEmpty().Max() + 2;
        var text = new StringBuilder();
        foreach (var line in writer.lines)
            text.Append(line.Comment.Length > 0 ? $"{line.Text.PadRight(column)}// {line.Comment}" : line.Text)
                .Append('\n');
        return text.ToString();
    }

    private void Add(RecipeNode node, string indent, string key, string comma)
    {
        var nested = node.Kind == JsonValueKind.Object ? node.Members.Count
            : node.Items.Count(item => item.Kind is JsonValueKind.Object or JsonValueKind.Array);
        if (nested == 0)
        {
            var written = node.Written is null ? "" : $"{node.Written} in ";
            lines.Add(($"{indent}{key}{RecipeText.Line(node)}{comma}", written + node.Origin));
            return;
        }
        var (open, close) = node.Kind == JsonValueKind.Object ? ("{", "}") : ("[", "]");
        lines.Add(($"{indent}{key}{open}", ""));
        for (var index = 0; index < node.Members.Count; index++)
            Add(node.Members[index].Value, indent + "  ", $"\"{node.Members[index].Key}\": ",
                index + 1 < node.Members.Count ? "," : "");
        for (var index = 0; index < node.Items.Count; index++)
            Add(node.Items[index], indent + "  ", "", index + 1 < node.Items.Count ? "," : "");
        lines.Add(($"{indent}{close}{comma}", ""));
    }
}
