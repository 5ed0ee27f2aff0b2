namespace Trainer.Engine.Recipes;

/// <summary>
/// A text that names a file or folder: relative to the recipe's file in which it stands, or to the working folder where the command
/// line or the environment gives it. The resolved recipe holds it as an absolute path.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class FilePathAttribute : Attribute;
