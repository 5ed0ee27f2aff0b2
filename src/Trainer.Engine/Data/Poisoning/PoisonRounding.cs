namespace Trainer.Engine.Data.Poisoning;

/// <summary>Images as files hold them.</summary>
internal static class PoisonRounding
{
    /// <summary>The nearest of the 256 levels.</summary>
    /// <param name="images">Float [N, C, H, W]; what is outside [0, 1] is clipped.</param>
    /// <returns>UInt8 [N, C, H, W].</returns>
    public static Tensor ToBytes(Tensor images)
    {
        using var scope = NewDisposeScope();
        return images.clamp(0, 1).mul(255).round().to(ScalarType.Byte).MoveToOuterDisposeScope();
    }
}
