namespace Trainer.Robustness.Components;

/// <summary>Marks an interface whose implementations recipes can choose by <c>type</c>.</summary>
/// <param name="name">What the implementations are called, in the plural: "attacks".</param>
[AttributeUsage(AttributeTargets.Interface)]
public sealed class ComponentKindAttribute(string name) : Attribute
{
    /// <summary>What the implementations are called, in the plural.</summary>
    public string Name { get; } = name;
}
