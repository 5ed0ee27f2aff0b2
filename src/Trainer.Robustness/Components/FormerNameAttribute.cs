namespace Trainer.Robustness.Components;

/// <summary>
/// The name that an option, or a word of an enum, had in earlier versions. Stored recipes are read with it; a new
/// recipe that has it is refused with the present name.
/// </summary>
/// <param name="name">As recipes wrote it.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class FormerNameAttribute(string name) : Attribute
{
    /// <summary>The former name.</summary>
    public string Name { get; } = name;
}
