using System.Reflection;

namespace Trainer.Robustness.Components;

/// <summary>The classes that recipes can name, by kind and type. One registry feeds the binder, the schema and the lists.</summary>
public sealed class ComponentRegistry
{
    private readonly Dictionary<(Type Kind, string Name), Type> components = [];

    /// <summary>Every component kind that has an implementation, in the order of their names.</summary>
    public IReadOnlyList<Type> Kinds => [.. components.Keys.Select(key => key.Kind).Distinct().OrderBy(NameOf, StringComparer.Ordinal)];

    /// <summary>The plural name of a component kind: "attacks".</summary>
    public static string NameOf(Type kind) => kind.GetCustomAttribute<ComponentKindAttribute>()?.Name
        ?? throw new ArgumentException($"{kind} is not a component kind: it lacks [ComponentKind].", nameof(kind));

    /// <summary>Adds every class of an assembly that carries a <see cref="ComponentAttribute"/>.</summary>
    /// <exception cref="InvalidOperationException">A name is taken, or a class implements no component kind.</exception>
    public ComponentRegistry Add(Assembly assembly)
    {
        foreach (var type in assembly.GetTypes())
        {
            if (type.GetCustomAttribute<ComponentAttribute>() is not { } component)
                continue;
            var kinds = type.GetInterfaces().Where(face => face.IsDefined(typeof(ComponentKindAttribute))).ToList();
            if (kinds.Count == 0)
                throw new InvalidOperationException($"{type} in {assembly.GetName().Name} is marked [Component(\"{component.Type}\")] but implements no component interface such as IAttack.");
            foreach (var kind in kinds)
                Add(kind, component.Type, type);
        }
        return this;
    }

    /// <summary>The class that a recipe's <c>type</c> names, or null.</summary>
    public Type? Find(Type kind, string name) => components.GetValueOrDefault((kind, name));

    /// <summary>The names of a kind's components, sorted.</summary>
    public IReadOnlyList<string> Names(Type kind) =>
        [.. components.Keys.Where(key => key.Kind == kind).Select(key => key.Name).Order(StringComparer.Ordinal)];

    private void Add(Type kind, string name, Type type)
    {
        if (!components.TryAdd((kind, name), type))
            throw new InvalidOperationException(
                $"Two {NameOf(kind)} are called \"{name}\": {components[(kind, name)].AssemblyQualifiedName} and {type.AssemblyQualifiedName}. Rename one of them.");
    }
}
