using Trainer.Engine.Data;

namespace Trainer.Tests.Data;

public sealed class ValidationSplitTests
{
    [Theory]
    [InlineData(60000, 5000)]
    [InlineData(7, 0)]
    [InlineData(7, 6)]
    public void Every_row_is_in_one_part(int count, int heldOut)
    {
        var (train, validation) = ValidationSplit.Split("mnist", count, heldOut);
        Assert.Equal(heldOut, validation.Length);
        Assert.Equal(Enumerable.Range(0, count).Select(row => (long)row), train.Concat(validation).Order());
        Assert.Equal(train.Order(), train);
        Assert.Equal(validation.Order(), validation);
    }

    [Fact]
    public void The_rows_are_the_same_for_ever()
    {
        // A change here would change which images every earlier run was selected on.
        Assert.Equal(
            [14L, 19, 28, 32, 53, 62, 101, 103], ValidationSplit.Split("fashion-mnist", 60000, 5000)
            .Validation.Take(8));
    }

    [Fact]
    public void A_smaller_part_is_inside_a_larger_one()
    {
        var small = ValidationSplit.Split("mnist", 1000, 10).Validation;
        Assert.Superset(small.ToHashSet(), ValidationSplit.Split("mnist", 1000, 100).Validation.ToHashSet());
    }

    [Fact]
    public void Another_data_set_holds_out_other_rows() =>
        Assert.NotEqual(
        ValidationSplit.Split("mnist", 1000, 100).Validation,
        ValidationSplit.Split("fashion-mnist", 1000, 100).Validation);

    [Fact]
    public void The_part_is_spread_over_the_file()
    {
        // 5,000 of 60,000 rows: each tenth of the file holds 500 on average, with a standard deviation of about 20.
        var tenths = ValidationSplit.Split("mnist", 60000, 5000).Validation.CountBy(row => row / 6000)
            .Select(tenth => tenth.Value);
        Assert.All(tenths, rows => Assert.InRange(rows, 400, 600));
    }
}
