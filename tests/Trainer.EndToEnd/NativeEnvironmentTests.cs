namespace Trainer.EndToEnd;

/// <summary>How the command sets OpenMP up where no script of ours started it.</summary>
public sealed class NativeEnvironmentTests : IDisposable
{
    private readonly Workbench workbench = new();

    public void Dispose() => workbench.Dispose();

    [Theory]
    [InlineData("", "", "1000")]
    [InlineData("", "7", "7")]
    [InlineData("passive", "", "0")]
    public void Waiting_threads_sleep_after_1000_turns_unless_the_environment_says_otherwise(
        string policy, string turns, string expected)
    {
        var list = TrainerProcess.Run(workbench.Folder, ["list", "schedules"], new Dictionary<string, string>
        {
            ["OMP_WAIT_POLICY"] = policy,
            ["GOMP_SPINCOUNT"] = turns,
            ["OMP_DISPLAY_ENV"] = "verbose",
        });
        Assert.Contains($"GOMP_SPINCOUNT = '{expected}'", list.Error, StringComparison.Ordinal);
    }
}
