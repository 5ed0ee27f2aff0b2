namespace Trainer.Robustness.Components;

/// <summary>
/// A block of a recipe whose values must fit together. Asked after each value has been found right by itself.
/// </summary>
public interface ICrossChecked
{
    /// <summary>What does not fit; nothing where all is well.</summary>
    IEnumerable<RecipeConflict> Conflicts();
}
