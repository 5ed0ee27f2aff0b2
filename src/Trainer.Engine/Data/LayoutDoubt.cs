using Trainer.Robustness.Models;

namespace Trainer.Engine.Data;

/// <summary>Recognises images whose dimensions were probably read in another order than they have.</summary>
internal static class LayoutDoubt
{
    /// <summary>A sentence without a full stop: what to correct. Null where the shape is a usual one.</summary>
    /// <param name="shape">Of an image, as it was read.</param>
    public static string? Of(ImageShape shape)
    {
        if (IsColour(shape.Channels) || !(IsColour(shape.Width) || IsColour(shape.Height)))
            return null;
        var (found, other) = IsColour(shape.Width) ? ("first", "nhwc") : ("last", "nchw");
        return $"Images were read with the channels {found}: {shape.Channels} channels of {shape.Height}×{shape.Width} "
            + $"pixels. If they are not so, set data.layout to {other}, or transpose the array";
    }

    private static bool IsColour(long channels) => channels is 1 or 3;
}
