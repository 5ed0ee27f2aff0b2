using Trainer.Recipes.Parsing;

namespace Trainer.Recipes.Binding;

/// <summary>A value built from a recipe, with its tree completed by the defaults.</summary>
internal sealed record Bound(object? Value, RecipeNode Node);
