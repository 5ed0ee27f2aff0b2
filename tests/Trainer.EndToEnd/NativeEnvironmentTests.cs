namespace Trainer.EndToEnd;

/// <summary>How the command sets OpenMP up where no script of ours started it.</summary>
public sealed class NativeEnvironmentTests : IDisposable
{
    private readonly Workbench workbench = new();

    public void Dispose() => workbench.Dispose();

    [Theory]
    [InlineData("", "PASSIVE")]
    [InlineData("active", "ACTIVE")]
    public void Waiting_threads_sleep_unless_the_environment_says_otherwise(string variable, string policy)
    {
        var doctor = TrainerProcess.Run(workbench.Folder, ["doctor"], new Dictionary<string, string>
        {
            ["OMP_WAIT_POLICY"] = variable,
            ["OMP_DISPLAY_ENV"] = "true",
        });
        Assert.Contains($"OMP_WAIT_POLICY = '{policy}'", doctor.Error, StringComparison.Ordinal);
    }
}
