namespace Trainer.Robustness.Components;

/// <summary>
/// Marks an option that is the path of a file or folder: relative to the folder of the recipe's file that contains it,
/// or to the working folder where the command line or the environment sets it. The resolved recipe holds the absolute
/// path.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FilePathAttribute : Attribute;
