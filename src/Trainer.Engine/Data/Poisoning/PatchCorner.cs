namespace Trainer.Engine.Data.Poisoning;

/// <summary>Where a patch is.</summary>
public enum PatchCorner
{
    /// <summary>The last rows and columns.</summary>
    BottomRight,

    /// <summary>The last rows and first columns.</summary>
    BottomLeft,

    /// <summary>The first rows and last columns.</summary>
    TopRight,

    /// <summary>The first rows and columns.</summary>
    TopLeft,
}
