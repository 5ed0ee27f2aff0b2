using System.Reflection;

namespace Trainer.Robustness.Components;

/// <summary>
/// The classes that recipes can name, by kind and type. One registry feeds the binder, the schema and the lists.
/// </summary>
public sealed class ComponentRegistry
{
    private readonly Dictionary<(Type Kind, string Name), Type> components = [];

    private readonly HashSet<Type> kinds = [];
    private readonly HashSet<Assembly> assemblies = [];

    /// <summary>Every component kind of the added assemblies, in the order of their names.</summary>
    public IReadOnlyList<Type> Kinds => [.. kinds.OrderBy(NameOf, StringComparer.Ordinal)];

    /// <summary>The plural name of a component kind: "attacks".</summary>
    public static string NameOf(Type kind) => kind.GetCustomAttribute<ComponentKindAttribute>()?.Name
        ?? throw new ArgumentException($"{kind} is not a component kind: it lacks [ComponentKind].", nameof(kind));

    /// <summary>
    /// Adds every kind of an assembly, and every class of it that carries a <see cref="ComponentAttribute"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// A name is taken, or a class implements no component kind.
    /// </exception>
    public ComponentRegistry Add(Assembly assembly)
    {
        assemblies.Add(assembly);
        foreach (var type in assembly.GetTypes())
        {
            if (IsKind(type))
                kinds.Add(type);
            if (type.GetCustomAttribute<ComponentAttribute>() is not { } component)
                continue;
            var implemented = type.GetInterfaces().Where(IsKind).ToList();
            if (implemented.Count == 0)
                throw new InvalidOperationException(
                    $"{type} in {assembly.GetName().Name} is marked [Component(\"{component.Type}\")] but implements "
                    + "no component interface such as IAttack.");
            foreach (var kind in implemented)
                Add(kind, component.Type, type);
        }
        return this;
    }

    /// <summary>Whether an assembly of that file's name was added, wherever it lay.</summary>
    /// <param name="path">A path of this system or of another.</param>
    public bool HasAssembly(string path) =>
        assemblies.Any(
        assembly =>
        Path.GetFileName(assembly.Location).Equals(path.Split('/', '\\')[^1], StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether this very file was added.</summary>
    /// <param name="path">Its full path.</param>
    public bool HasFile(string path) => assemblies.Any(assembly => assembly.Location == path);

    /// <summary>The class that a recipe's <c>type</c> names, or null.</summary>
    public Type? Find(Type kind, string name) => components.GetValueOrDefault((kind, name));

    /// <summary>The names of a kind's components, sorted.</summary>
    public IReadOnlyList<string> Names(Type kind) =>
        [.. components.Keys.Where(key => key.Kind == kind).Select(key => key.Name).Order(StringComparer.Ordinal)];

    private static bool IsKind(Type type) => type.IsInterface && type.IsDefined(typeof(ComponentKindAttribute));

    private void Add(Type kind, string name, Type type)
    {
        kinds.Add(kind);
        if (!components.TryAdd((kind, name), type))
            throw new InvalidOperationException(
                $"Two {NameOf(kind)} are called \"{name}\": {components[(kind, name)].AssemblyQualifiedName} and "
                + $"{type.AssemblyQualifiedName}. Rename one of them.");
    }
}
