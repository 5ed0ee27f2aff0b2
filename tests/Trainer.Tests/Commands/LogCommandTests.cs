namespace Trainer.Tests.Commands;

/// <summary>Where a run's log goes by the recipe's section Serilog, in the process.</summary>
/// <param name="workbench">Where commands run.</param>
public sealed class LogCommandTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    [Theory]
    [InlineData("""Serilog.WriteTo=[{"Name":"Console","Args":{"outputTemplate":"mine: {Message:lj}{NewLine}"}}]""")]
    [InlineData("""Serilog.WriteTo={"screen":{"Name":"Console","Args":{"outputTemplate":"mine: {Message:lj}{NewLine}"}}}""")]
    public void A_console_of_ones_own_takes_the_place_of_ours(string set)
    {
        var before = workbench.Contents;
        var result = workbench.Run("train", "recipe.json", "--run", "new", "--set", set);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        // A terminal has colours before it.
        Assert.Contains("mine: ", Assert.Single(
            result.Output.Split('\n'), line => line.Contains("Begins in epoch 1 of", StringComparison.Ordinal)));
        workbench.Restore(before);
    }
}
