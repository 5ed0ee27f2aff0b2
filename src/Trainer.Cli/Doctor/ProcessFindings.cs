using Trainer.Engine.Distributed;

namespace Trainer.Cli.Doctor;

/// <summary>
/// Where the processes are that the launcher has started, and what a sum of gradients over them costs.
/// </summary>
internal static class ProcessFindings
{
    // Of the parameters of PreActResNet-18, in float32.
    private const long Example = 4L * 11_172_170;

    public static IEnumerable<Finding> Find(Collectives processes)
    {
        if (processes.Size == 1)
            yield break;
        yield return new("processes", $"{processes.Size}: {ProcessPlaces.Of(processes)}");
        var cost = ExchangeCost.Measure(processes);
        yield return new(
            "sum of gradients", $"{cost.Latency * 1e6:F1} µs a message and {cost.SecondsPerByte * 1e9:F3} ns a byte: "
            + $"{cost.Seconds(Example) * 1e3:F1} ms a step for the 11.2 million parameters of PreActResNet-18");
    }
}
