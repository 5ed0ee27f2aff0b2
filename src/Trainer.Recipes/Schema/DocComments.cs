using System.Collections.Concurrent;
using System.Reflection;
using System.Xml.Linq;

namespace Trainer.Recipes.Schema;

/// <summary>
/// An assembly's doc comments, from the XML file that the compiler writes beside it; empty where there is none.
/// </summary>
internal sealed class DocComments
{
    private static readonly ConcurrentDictionary<Assembly, DocComments> Loaded = new();
    private readonly Dictionary<string, XElement> members = [];

    private DocComments(Assembly assembly)
    {
        var file = Path.ChangeExtension(assembly.Location, ".xml");
        if (assembly.Location.Length == 0 || !File.Exists(file))
            return;
        foreach (var member in XDocument.Load(file).Descendants("member"))
            members.TryAdd((string?)member.Attribute("name") ?? "", member);
    }

    public static DocComments Of(Assembly assembly) => Loaded.GetOrAdd(assembly, key => new DocComments(key));

    /// <summary>A type's summary in one line, or null.</summary>
    public string? Summary(Type type) =>
        members.TryGetValue($"T:{Name(type)}", out var member) ? Text(member.Element("summary")) : null;

    /// <summary>A property's summary, or null.</summary>
    public string? Summary(PropertyInfo property) =>
        members.TryGetValue($"P:{Name(property.DeclaringType!)}.{property.Name}", out var member)
            ? Text(member.Element("summary")) : null;

    private static string Name(Type type) => (type.FullName ?? type.Name).Replace('+', '.');

    private static string? Text(XElement? element)
    {
        if (element is null)
            return null;
        var words = element.DescendantNodes().Select(node => node switch
        {
            XText text => text.Value,
            XElement { Name.LocalName: "see" or "paramref" or "seealso" } link => Link(link),
            _ => "",
        });
        var line = string.Join(' ', string.Concat(words).Split(default(char[]), StringSplitOptions.RemoveEmptyEntries));
        return line.Length == 0 ? null : line;
    }

    private static string Link(XElement link)
    {
        var target = (string?)link.Attribute("cref") ?? (string?)link.Attribute("langword")
            ?? (string?)link.Attribute("name") ?? "";
        return target[(target.LastIndexOfAny(['.', ':']) + 1)..];
    }
}
