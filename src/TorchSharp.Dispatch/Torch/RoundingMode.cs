namespace TorchSharp;

public static partial class torch
{
    /// <summary>What becomes of the fraction in a division.</summary>
    public enum RoundingMode
    {
        None,
        trunc,
        floor,
    }
}
