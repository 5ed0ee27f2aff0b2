namespace Trainer.EndToEnd;

/// <summary>
/// What small.json's run ends with where nothing interrupts it; trained once, for every test that compares with it.
/// </summary>
public sealed class WholeRun
{
    private readonly Lazy<(byte[] Weights, IReadOnlyList<string> Metrics)> files = new(() =>
    {
        using var workbench = new Workbench();
        Assert.Equal(0, workbench.Run("train", "small.json", "--run", "whole").ExitCode);
        return (workbench.Weights("whole"), workbench.Metrics("whole"));
    });

    internal byte[] Weights => files.Value.Weights;

    internal IReadOnlyList<string> Metrics => files.Value.Metrics;
}
