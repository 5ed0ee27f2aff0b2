using System.Diagnostics;

namespace Trainer.Engine.Distributed;

/// <summary>
/// What one sum of gradients over all processes costs, as the model of a ring has it: 2 (W − 1) messages, which carry
/// 2 (W − 1) / W times the bytes.
/// </summary>
/// <param name="Processes">W, at least 2.</param>
/// <param name="Latency">Seconds of a message without contents.</param>
/// <param name="SecondsPerByte">Of each byte that a process sends, the additions included.</param>
public sealed record ExchangeCost(int Processes, double Latency, double SecondsPerByte)
{
    // 64 MiB of float32, more than PreActResNet-18 has.
    private const int LargeLength = 1 << 24;
    private const int SmallRepeats = 101;
    private const int LargeRepeats = 7;

    private double Messages => 2.0 * (Processes - 1);

    /// <summary>Times sums of a small and of a large buffer; all processes find the same.</summary>
    /// <param name="processes">At least two, each of which calls this.</param>
    public static ExchangeCost Measure(Collectives processes)
    {
        var small = Seconds(processes, processes.Size, SmallRepeats);
        var large = Seconds(processes, LargeLength, LargeRepeats);
        return Of(processes.Size, small, large, LargeLength * sizeof(float));
    }

    /// <summary>Of two measured times.</summary>
    /// <param name="processes">W, at least 2.</param>
    /// <param name="small">Seconds of a sum of almost no bytes.</param>
    /// <param name="large">Seconds of a sum of many.</param>
    /// <param name="bytes">How many.</param>
    internal static ExchangeCost Of(int processes, double small, double large, long bytes)
    {
        var messages = 2.0 * (processes - 1);
        return new(processes, small / messages, Math.Max(0, large - small) / (messages / processes * bytes));
    }

    /// <summary>Seconds of a sum over so many processes.</summary>
    /// <param name="bytes">Of the buffer.</param>
    public double Seconds(long bytes) => (Messages * Latency) + (Messages / Processes * bytes * SecondsPerByte);

    /// <summary>The median, over repeats, of the time of the slowest process.</summary>
    private static double Seconds(Collectives processes, int length, int repeats)
    {
        using var buffer = zeros(length);
        processes.Sum(buffer);
        List<double> times = [];
        for (var repeat = 0; repeat < repeats; repeat++)
        {
            processes.Barrier();
            var start = Stopwatch.GetTimestamp();
            processes.Sum(buffer);
            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return processes.All(times).Select(own => own.Order().ElementAt(repeats / 2)).Max();
    }
}
