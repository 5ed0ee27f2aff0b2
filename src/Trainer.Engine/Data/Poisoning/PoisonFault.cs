using Trainer.Recipes;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Data.Poisoning;

/// <summary>Options of data.poison that do not fit the data set.</summary>
internal static class PoisonFault
{
    /// <summary>A failure of an option.</summary>
    /// <param name="option">Its key.</param>
    /// <param name="problem">What was found, what was expected, what to do.</param>
    public static TrainerException Of(string option, string problem) =>
        new(ErrorKind.Recipe, $"data.poison.{option}: {problem}.");

    /// <summary>Checks that a target is a class.</summary>
    /// <exception cref="TrainerException">It is none.</exception>
    public static void CheckTarget(int target, int classes)
    {
        if (target >= classes)
            throw Of("target", $"found {target}, expected 0 to {classes - 1}, one of the {classes} classes");
    }

    /// <summary>Checks that a trigger fits into an image.</summary>
    /// <param name="option">The key of its size.</param>
    /// <param name="found">What was found: "found 40".</param>
    /// <param name="size">The pixels that it needs in each direction.</param>
    /// <param name="shape">Of an image.</param>
    /// <exception cref="TrainerException">It does not.</exception>
    public static void CheckSize(string option, string found, long size, ImageShape shape)
    {
        var side = Math.Min(shape.Height, shape.Width);
        if (size > side)
            throw Of(option, $"{found}, which needs {size}×{size} pixels, and the images are {shape}: expected a "
                + $"trigger of at most {side}×{side}");
    }
}
