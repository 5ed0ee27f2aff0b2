using System.Diagnostics;
using Trainer.Engine.Training;

namespace Trainer.Cli.Recipes;

/// <summary>The attack, loss and gradient of a first batch, without the update that would follow.</summary>
internal static class TrialStep
{
    /// <summary>Runs it.</summary>
    /// <returns>The seconds that it took.</returns>
    public static double Run(TrainingRun run)
    {
        var clock = Stopwatch.StartNew();
        using var scope = NewDisposeScope();
        TrialBatch.Loss(run, batch: 0).Loss.backward();
        run.Parameters.Gradients.sum().item<float>(); // waits for the device
        return clock.Elapsed.TotalSeconds;
    }
}
