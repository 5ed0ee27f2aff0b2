using System.Globalization;
using Trainer.Robustness;
using Trainer.Robustness.Components;

namespace Trainer.Tests.Recipes;

public sealed class RequireTests
{
    [Fact]
    public void Messages_are_the_same_in_every_culture()
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = "," } };
        try
        {
            Assert.StartsWith("Found 0.25, expected a number of at least 0.5.", Refusal(
                () => Require.AtLeast(0.5, 0.25)), StringComparison.Ordinal);
            Assert.StartsWith("Found 0.25, expected a number from 0.5 to 1.5.", Refusal(
                () => Require.Between(0.5, 1.5, 0.25)), StringComparison.Ordinal);
            Assert.StartsWith("Found [-0.5], expected 1 values above 0", Refusal(
                () => Require.Consistent(new Normalisation { Mean = [0.5], Deviation = [-0.5] })),
                StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        static string Refusal(Action check) => Assert.ThrowsAny<ArgumentException>(check).Message;
    }
}
