using System.Globalization;

namespace Trainer.Recipes;

/// <summary>Numbers of things in messages.</summary>
public static class Quantity
{
    /// <summary>"1 epoch", "0 epochs", "2,580 steps".</summary>
    /// <param name="count">How many.</param>
    /// <param name="one">The word for one of them, whose plural ends in s: "epoch".</param>
    public static string Of(long count, string one) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {one}{(count == 1 ? "" : "s")}");
}
