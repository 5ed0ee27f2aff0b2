using Trainer.Engine.Devices;
using Trainer.Engine.Distributed;

namespace Trainer.Cli.Evaluation;

/// <summary>Sets the number of CPU threads of an evaluation.</summary>
internal static class EvaluationThreads
{
    /// <summary>Sets it, and prints it where the run had another one or several processes compute.</summary>
    /// <param name="processes">Each of them calls this.</param>
    /// <param name="places">Where they are.</param>
    /// <param name="asked">By the command line; null for none.</param>
    /// <param name="stored">By the weights' checkpoint; null for none.</param>
    public static void Use(Collectives processes, ProcessPlaces places, int? asked, int? stored)
    {
        if (Threads.Invalid(asked) is { } invalid)
            Console.Error.WriteLine($"warning: {invalid}");
        var count = ProcessThreads.ForEvaluation(processes, places, asked, stored);
        Threads.Use(count);
        var isOther = stored is not null && stored != count;
        if (isOther || processes.Size > 1)
            Console.Error.WriteLine(
                (processes.Size > 1 ? $"note: {processes.Size} processes compute with {Threads.Describe(count)} each"
                    : $"note: computes with {Threads.Describe(count)}")
                + (isOther ? $", and the run did with {stored}: results match up to rounding" : ""));
    }
}
