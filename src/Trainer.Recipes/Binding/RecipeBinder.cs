using System.Text.Json;
using Trainer.Recipes.Parsing;
using Trainer.Robustness.Components;

namespace Trainer.Recipes.Binding;

/// <summary>
/// Builds records from a recipe's tree by the setters of their properties, and collects every fault on the way.
/// What it returns is null exactly where it has reported a fault.
/// </summary>
/// <param name="registry">The components.</param>
/// <param name="faults">Gets every fault.</param>
/// <param name="isStored">
/// Whether a run stored the tree: it may have names of earlier versions. Otherwise relative paths belong to the
/// recipe's file.
/// </param>
internal sealed class RecipeBinder(ComponentRegistry registry, List<RecipeFault> faults, bool isStored)
{
    private RecipeShape? root;

    /// <summary>Binds the whole recipe. The sections of other readers pass through unchecked.</summary>
    public Bound? BindRoot(Type type, RecipeNode tree)
    {
        root = RecipeShape.Of(type);
        if (BindObject(root, tree.Without([.. root.PassedThrough]), "") is not { } bound)
            return null;
        var node = bound.Node;
        foreach (var key in root.PassedThrough)
            if (tree[key] is { } section)
                node = node.With(key, section);
        return bound with { Node = node };
    }

    private Bound? BindValue(Type type, RangeRuleAttribute? range, RecipeNode node, string path, bool orNull = false)
    {
        if (RecipeValue.IsComponent(type))
            return BindComponent(type, node, path);
        if (RecipeValue.ItemOf(type) is { } item)
            return BindList(type, item, range, node, path);
        if (RecipeValue.IsBlock(type))
            return node.Kind == JsonValueKind.Object ? BindObject(RecipeShape.Of(type), node, path)
                : Refuse(type, range, node, path);
        if (ScalarReader.Read(type, range, node) is { } bound)
            return bound;
        if (type.IsEnum && node.Kind == JsonValueKind.String && RecipeValue.PresentWord(type, node.Text) is { } word)
            return isStored ? BindValue(type, range, RecipeNode.String(node.Origin, word), path)
                : Fault(node.Origin, path, $"found {node.Describe()}, which is now named \"{word}\"");
        return Refuse(type, range, node, path, orNull);
    }

    private Bound? BindComponent(Type kind, RecipeNode node, string path)
    {
        if (node.Kind == JsonValueKind.String)
            node = RecipeNode.Component(node);
        if (node.Kind != JsonValueKind.Object)
            return Refuse(kind, null, node, path);
        var names = registry.Names(kind);
        if (node["type"] is not { IsNull: false } type)
            return Fault(node.Origin, RecipePath.Join(path, "type"), $"missing, expected {RecipeValue.OneOf(names)}");
        if (type.Kind != JsonValueKind.String || registry.Find(kind, type.Text) is not { } found)
            return Fault(
                type.Origin, RecipePath.Join(path, "type"),
                $"found {type.Describe()}, expected {RecipeValue.OneOf(names)}", Spelling.Nearest(type.Text, names));
        return BindObject(RecipeShape.Of(found), node, path, type);
    }

    private Bound? BindList(Type type, Type itemType, RangeRuleAttribute? range, RecipeNode node, string path)
    {
        // A word alone is a list of one.
        if (node.Kind == JsonValueKind.String && itemType.IsEnum)
            node = RecipeNode.Array(node.Origin, [node]);
        if (node.Kind != JsonValueKind.Array)
            return Refuse(type, range, node, path);
        var items = node.Items.Select((item, index) => BindValue(itemType, range, item, $"{path}[{index}]")).ToList();
        if (items.Any(item => item is null))
            return null;
        var values = Array.CreateInstance(itemType, items.Count);
        for (var index = 0; index < items.Count; index++)
            values.SetValue(items[index]!.Value, index);
        return new(values, RecipeNode.Array(node.Origin, items.Select(item => item!.Node)));
    }

    private Bound? BindObject(RecipeShape shape, RecipeNode node, string path, RecipeNode? type = null)
    {
        var before = faults.Count;
        if (isStored)
            node = WithPresentKeys(shape, node);
        var misspelt = ReportUnknownKeys(shape, node, path, type is not null);
        var bound = shape.Options.Where(option => !misspelt.Contains(option.Key) || node[option.Key] is not null)
            .Select(option => BindOption(option, node, RecipePath.Join(path, option.Key))).ToList();
        if (faults.Count > before)
            return null;
        var members = shape.Options.Select((option, index) => KeyValuePair.Create(option.Key, bound[index]!.Node));
        if (type is not null)
            members = members.Prepend(new("type", type));
        var completed = RecipeNode.Object(node.Origin, members);
        return Build(shape, bound.Select(value => value!.Value), completed, path);
    }

    private Bound? BindOption(RecipeOption option, RecipeNode parent, string path)
    {
        var bound = BindGiven(option, parent, path);
        return option.IsPath && bound is not null ? BindPath(bound, path) : bound;
    }

    /// <summary>The path made absolute, which a run can be evaluated by from any folder.</summary>
    private Bound? BindPath(Bound bound, string path)
    {
        if (bound.Value is not string text)
            return bound with { Node = bound.Node.AsPath(null) };
        if (string.IsNullOrWhiteSpace(text))
            return Fault(bound.Node.Origin, path, "found an empty text, expected the name of a file or folder");
        var origin = bound.Node.Origin;
        var folder = !isStored && origin.Line > 0 ? Path.GetDirectoryName(Path.GetFullPath(origin.Source))
            : origin.Folder;
        var absolute = Path.GetFullPath(text, folder ?? Environment.CurrentDirectory);
        return new(absolute, bound.Node.AsPath(absolute));
    }

    private Bound? BindGiven(RecipeOption option, RecipeNode parent, string path)
    {
        var node = parent[option.Key];
        if (node is { IsNull: false })
            return BindValue(option.Type, option.Range, node, path, option is { AllowsNull: true, Default: not null });
        if (node is not null && option.AllowsNull)
            return new(null, node);
        if (!option.IsOptional)
            return Fault(
                (node ?? parent).Origin, path,
                $"missing, expected {RecipeValue.Allowed(option.Type, option.Range, registry)}");
        return new(option.Default, RecipeValue.ToNode(option.Default));
    }

    private Bound? Build(RecipeShape shape, IEnumerable<object?> values, RecipeNode completed, string path)
    {
        object built;
        try
        {
            built = shape.Create();
        }
        catch (Exception exception) when (exception is not TrainerException && completed["type"] is not null)
        {
            return Fault(completed.Origin, path,
                $"the constructor of {shape.Type.FullName} in {shape.Type.Assembly.GetName().Name} threw "
                + $"{exception.GetType().Name}: {exception.Message.TrimEnd('.')}; mend that class, "
                + "or take it out of the recipe");
        }
        var before = faults.Count;
        foreach (var (option, value) in shape.Options.Zip(values))
            try
            {
                option.Set(built, value);
            }
            catch (ArgumentException exception)
            {
                Fault(completed[option.Key]!.Origin, RecipePath.Join(path, option.Key), Half(exception));
            }
        if (faults.Count > before)
            return null;
        foreach (var conflict in (built as ICrossChecked)?.Conflicts() ?? [])
        {
            var origin = Find(completed, conflict.Path).Origin;
            // Of a value that nobody wrote: the object that it is missing from.
            faults.Add(new(
                origin == Origin.Default ? completed.Origin : origin, RecipePath.Join(path, conflict.Path),
                conflict.Problem));
        }
        return faults.Count > before ? null : new(built, completed);
    }

    /// <summary>The object with the present name of each option that it gives by a former one.</summary>
    private static RecipeNode WithPresentKeys(RecipeShape shape, RecipeNode node)
    {
        foreach (var option in shape.Options)
            if (option.FormerKey is { } former && node[former] is { } value && node[option.Key] is null)
                node = node.Without(former).With(option.Key, value);
        return node;
    }

    /// <summary>Reports the keys that no option has, and returns those that were probably meant.</summary>
    private HashSet<string> ReportUnknownKeys(RecipeShape shape, RecipeNode node, string path, bool hasType)
    {
        var keys = shape.Options.Select(option => option.Key).ToList();
        var meant = new HashSet<string>();
        var allowed = keys.Count switch
        {
            0 => "; nothing else is allowed here",
            1 => $", expected {keys[0]}",
            _ => $", expected one of {string.Join(", ", keys)}",
        };
        foreach (var (key, value) in node.Members)
            if (shape.Options.FirstOrDefault(option => option.FormerKey == key) is { } renamed)
            {
                Fault(value.Origin, RecipePath.Join(path, key), $"this option is now named \"{renamed.Key}\"");
                meant.Add(renamed.Key);
            }
            else if (!keys.Contains(key) && !(hasType && key == "type"))
            {
                var nearest = Spelling.Nearest(key, keys);
                Fault(value.Origin, RecipePath.Join(path, key), "unknown key" + allowed, nearest ?? Elsewhere(key));
                if (nearest is not null)
                    meant.Add(nearest);
            }
        return meant;
    }

    /// <summary>The one place of the recipe's own blocks where a key would be right, or null.</summary>
    private string? Elsewhere(string key)
    {
        var places = root!.Options.Where(option => option.Key == key).Select(option => option.Key).Concat(
            from block in root.Options
            where RecipeValue.IsBlock(block.Type)
            from option in RecipeShape.Of(block.Type).Options
            where option.Key == key
            select RecipePath.Join(block.Key, key)).ToList();
        return places.Count == 1 ? places[0] : null;
    }

    private Bound? Refuse(Type type, RangeRuleAttribute? range, RecipeNode node, string path, bool orNull = false)
    {
        var allowed = RecipeValue.Allowed(type, range, registry) + ScalarReader.Hint(type, node);
        var problem = $"found {node.Describe()}, expected {allowed}{(orNull ? ", or null for none" : "")}";
        return Fault(
            node.Origin, path, problem,
            type.IsEnum ? Spelling.Nearest(node.Text, RecipeValue.Words(type)) : null);
    }

    private Bound? Fault(Origin origin, string path, string problem, string? nearest = null)
    {
        faults.Add(new(origin, path, problem, nearest));
        return null;
    }

    private static string Half(ArgumentException exception)
    {
        var message = exception.Message.Split(" (Parameter '")[0].TrimEnd('.');
        return message.StartsWith("Found ", StringComparison.Ordinal) ? string.Concat("f", message.AsSpan(1)) : message;
    }

    private static RecipeNode Find(RecipeNode tree, string path) =>
        RecipePath.Split(path).Aggregate(tree, (node, key) =>
            node[key] ?? (int.TryParse(key, out var index) && index < node.Items.Count ? node.Items[index] : node));
}
