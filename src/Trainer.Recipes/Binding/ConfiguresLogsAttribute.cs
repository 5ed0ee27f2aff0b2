namespace Trainer.Recipes.Binding;

/// <summary>
/// Marks a class whose file may have a section <c>Serilog</c>, which the logs read: it is handed on as it is.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ConfiguresLogsAttribute : Attribute;
