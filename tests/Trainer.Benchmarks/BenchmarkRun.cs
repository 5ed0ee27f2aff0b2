using Serilog.Core;
using Trainer.Engine;
using Trainer.Engine.Settings;
using Trainer.Engine.Training;
using Trainer.Recipes;

namespace Trainer.Benchmarks;

/// <summary>A recipe in a folder of its own that is removed afterwards.</summary>
internal static class BenchmarkRun
{
    /// <summary>Trains until a hook says that it has seen enough.</summary>
    public static void Train(string recipe, params TrainingHook[] hooks)
    {
        var registry = BuiltInComponents.Registry().Add(typeof(BenchmarkRun).Assembly);
        var folder = Directory.CreateTempSubdirectory("trainer-benchmark-");
        try
        {
            var resolved = RecipeLoader.FromText<Recipe>(recipe, "benchmark", registry);
            using var session = TrainingSession.Open(
                resolved, registry, new(RunFolder: folder.FullName, DataRoots: MachineSettings.Read().DataRoots), _ =>
                hooks, Logger.None);
            if (session.Run().Signal is { } signal)
                throw new OperationCanceledException($"Ends on {signal}: nothing was measured.");
        }
        catch (BenchmarkOverException)
        {
            // The hook has what it wanted.
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
