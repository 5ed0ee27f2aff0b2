namespace Trainer.Robustness.Components;

/// <summary>
/// Names a class in recipes: <c>"type": "pgd"</c>. Its kind is the component interface that it implements.
/// </summary>
/// <param name="type">The name, in lower case with hyphens; unique among components of the same kind.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ComponentAttribute(string type) : Attribute
{
    /// <summary>The name that recipes use.</summary>
    public string Type { get; } = type;

    /// <summary>
    /// The version of the algorithm, from 1. Raise it with every change that can change a result: evaluations that were
    /// begun with another version are not continued.
    /// </summary>
    public int Version { get; init; } = 1;
}
