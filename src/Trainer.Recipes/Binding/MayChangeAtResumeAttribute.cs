namespace Trainer.Recipes.Binding;

/// <summary>
/// Marks an option that a run may be resumed with another value of, because it does not change the result.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MayChangeAtResumeAttribute : Attribute;
