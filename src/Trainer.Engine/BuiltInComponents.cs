using Trainer.Robustness.Components;

namespace Trainer.Engine;

/// <summary>The components that need no extension.</summary>
public static class BuiltInComponents
{
    /// <summary>A registry that holds those of Trainer.Robustness and of the engine.</summary>
    public static ComponentRegistry Registry() =>
        new ComponentRegistry().Add(typeof(ComponentRegistry).Assembly).Add(typeof(BuiltInComponents).Assembly);
}
