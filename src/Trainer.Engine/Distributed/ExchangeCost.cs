using System.Diagnostics;

namespace Trainer.Engine.Distributed;

/// <summary>
/// What one sum of gradients over all processes costs. It is made in pieces; for each of them a process sends at most
/// 2 (W − 1) messages, which together carry 2 (W − 1) / W times the bytes. Up to W − 1 values that W does not divide
/// need another W − 1 messages, which the model leaves out.
/// </summary>
/// <param name="Processes">W, at least 2.</param>
/// <param name="Latency">Seconds of a message without contents.</param>
/// <param name="SecondsPerByte">
/// Seconds of each byte that a process sends, with copies and additions.
/// </param>
public sealed record ExchangeCost(int Processes, double Latency, double SecondsPerByte)
{
    // 64 MiB of float32, more than PreActResNet-18 has.
    private const int LargeLength = 1 << 24;
    private const int SmallRepeats = 101;
    private const int LargeRepeats = 7;

    /// <summary>Times sums of a small and of a large buffer; all processes find the same.</summary>
    /// <param name="processes">At least two, each of which calls this.</param>
    public static ExchangeCost Measure(Collectives processes)
    {
        var small = Seconds(processes, processes.Size, SmallRepeats);
        var large = Seconds(processes, LargeLength, LargeRepeats);
        return Of(processes.Size, small, large, LargeLength * sizeof(float));
    }

    /// <summary>The cost that explains two measured times.</summary>
    /// <param name="processes">W, at least 2.</param>
    /// <param name="small">Seconds of a sum of almost no bytes.</param>
    /// <param name="large">Seconds of a sum of many.</param>
    /// <param name="bytes">How many those are.</param>
    internal static ExchangeCost Of(int processes, double small, double large, long bytes)
    {
        var latency = small / Messages(0, processes);
        var carrying = Math.Max(0, large - (Messages(bytes, processes) * latency));
        return new(processes, latency, carrying / Sent(bytes, processes));
    }

    /// <summary>Messages that each process sends for a sum, at most.</summary>
    /// <param name="bytes">Of the buffer.</param>
    /// <param name="processes">W.</param>
    internal static double Messages(long bytes, int processes) =>
        2.0 * (processes - 1) * Collectives.Pieces(bytes, processes);

    /// <summary>Seconds of a sum over so many processes.</summary>
    /// <param name="bytes">Of the buffer.</param>
    public double Seconds(long bytes) =>
        (Messages(bytes, Processes) * Latency) + (Sent(bytes, Processes) * SecondsPerByte);

    /// <summary>Bytes that each process sends for a sum.</summary>
    private static double Sent(long bytes, int processes) => 2.0 * (processes - 1) / processes * bytes;

    /// <summary>The median, over repeats, of the time of the slowest process.</summary>
    private static double Seconds(Collectives processes, int length, int repeats)
    {
        using var buffer = zeros(length);
        processes.AllReduce(buffer);
        List<double> times = [];
        for (var repeat = 0; repeat < repeats; repeat++)
        {
            processes.Barrier();
            var start = Stopwatch.GetTimestamp();
            processes.AllReduce(buffer);
            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return processes.AllGather(times).Select(own => own.Order().ElementAt(repeats / 2)).Max();
    }
}
