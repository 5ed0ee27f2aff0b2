using Serilog.Core;
using Trainer.Engine;
using Trainer.Engine.Distributed;
using Trainer.Engine.Settings;
using Trainer.Engine.Training;
using Trainer.Recipes;

namespace Trainer.Benchmarks;

/// <summary>A recipe in a folder of its own that is removed afterwards.</summary>
internal static class BenchmarkRun
{
    /// <summary>Trains until a hook says that it has seen enough.</summary>
    public static void Train(string recipe, params TrainingHook[] hooks) =>
        Train(recipe, OneProcess.Instance, threads: null, hooks);

    /// <summary>Trains by several processes until a hook says that it has seen enough.</summary>
    public static void Train(string recipe, Collectives processes, int? threads, params TrainingHook[] hooks)
    {
        var registry = BuiltInComponents.Registry().Add(typeof(BenchmarkRun).Assembly);
        var folder = processes.Broadcast(() => Directory.CreateTempSubdirectory("trainer-benchmark-").FullName);
        try
        {
            var resolved = RecipeLoader.FromText<Recipe>(recipe, "benchmark", registry);
            using var session = TrainingSession.Open(
                resolved, registry, new(
                    RunFolder: folder, DataRoots: MachineSettings.Read().DataRoots, Threads: threads)
                {
                    Processes = processes,
                }, _ => hooks, Logger.None);
            if (session.Run().Signal is { } signal)
                throw new OperationCanceledException($"Ends on {signal}: nothing was measured.");
        }
        catch (BenchmarkOverException)
        {
            // The hook has what it wanted.
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
