using Trainer.Engine.Checkpoints;

namespace Trainer.Tests.Checkpoints;

public sealed class CheckpointNameTests
{
    [Theory]
    [InlineData("000017-step-000000469", 17, 469)]
    [InlineData("1234567-step-1234567890", 1234567, 1234567890)]
    public void A_name_is_read_as_it_is_written(string text, long save, long step)
    {
        Assert.True(CheckpointName.TryParse(text, out var name));
        Assert.Equal(new CheckpointName(save, step), name);
        Assert.Equal(text, name.ToString());
    }

    [Theory]
    [InlineData("17-step-469")]
    [InlineData("0000017-step-000000469")]
    [InlineData("000017-step-000000469-old")]
    [InlineData(".tmp-000017-step-000000469")]
    [InlineData("-00017-step-000000469")]
    [InlineData("000017-step-00000046x")]
    [InlineData("9999999999999-step-000000469")]
    [InlineData("99999999999999999999-step-000000469")]
    [InlineData("evaluations")]
    [InlineData("")]
    public void Another_name_is_not_one(string text) => Assert.False(CheckpointName.TryParse(text, out _));
}
