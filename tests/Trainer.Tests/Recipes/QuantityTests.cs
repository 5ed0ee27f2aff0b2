using Trainer.Recipes;

namespace Trainer.Tests.Recipes;

public sealed class QuantityTests
{
    [Theory]
    [InlineData(0, "0 epochs")]
    [InlineData(1, "1 epoch")]
    [InlineData(2, "2 epochs")]
    [InlineData(2580, "2,580 epochs")]
    public void One_thing_is_singular(long count, string expected) =>
        Assert.Equal(expected, Quantity.Of(count, "epoch"));
}
