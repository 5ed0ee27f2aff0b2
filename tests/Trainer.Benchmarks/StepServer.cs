using System.Diagnostics;
using System.Globalization;
using Trainer.Engine.Devices;
using Trainer.Engine.Distributed.Mpi;
using Trainer.Engine.Training;

namespace Trainer.Benchmarks;

/// <summary>
/// Trainer's own steps in one or several processes: reads a number of steps a line and answers with milliseconds.
/// </summary>
internal sealed class StepServer : TrainingHook
{
    private const int WarmUp = 10;
    private readonly Stopwatch clock = new();
    private int left = WarmUp;
    private bool isWarm;

    /// <summary>Trains until there is no further line.</summary>
    /// <param name="recipe">Of steps without an end.</param>
    /// <param name="threads">Of each process.</param>
    public static void Serve(string recipe, int threads)
    {
        // As the command does.
        NativeEnvironment.Prepare();
        var processes = Launcher.Join(ProcessesChoice.Auto);
        // The first process is asked for the numbers of all, so that each of them can be put to sleep.
        var numbers = processes.AllGather(Environment.ProcessId);
        if (processes.IsFirst)
            Console.WriteLine($"processes {string.Join(' ', numbers)}");
        BenchmarkRun.Train(recipe, processes, threads, new StepServer());
        processes.Abort(0);
    }

    public override void OnStep(TrainingRun run)
    {
        // The others wait for the first one's next step.
        if (!run.Processes.IsFirst || --left > 0)
            return;
        run.Model.Parameters.Values.sum().item<float>(); // waits for the device
        Console.WriteLine(isWarm ? clock.Elapsed.TotalMilliseconds.ToString(CultureInfo.InvariantCulture) : "ready");
        isWarm = true;
        left = int.Parse(Console.ReadLine() ?? throw new BenchmarkOverException(), CultureInfo.InvariantCulture);
        clock.Restart();
    }
}
