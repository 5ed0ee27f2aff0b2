using System.Diagnostics;
using Trainer.Engine.Evaluation;

namespace Trainer.Cli.Evaluation;

/// <summary>
/// How far an evaluation is, on standard error: one line that changes in a terminal, elsewhere a line now and then.
/// </summary>
internal sealed class EvaluationProgressLine
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(30);
    private readonly Stopwatch sinceLine = Stopwatch.StartNew();
    private readonly bool live = !Console.IsErrorRedirected;

    public void Show(EvaluationProgress progress)
    {
        var line = Of(progress);
        if (live)
        {
            Console.Error.Write($"\r\e[K{line}");
        }
        else if (sinceLine.Elapsed >= Quiet)
        {
            sinceLine.Restart();
            Console.Error.WriteLine(line);
        }
    }

    /// <summary>Makes room for a line that stays.</summary>
    public void Clear()
    {
        if (live)
            Console.Error.Write("\r\e[K");
    }

    public static string Of(EvaluationProgress progress) =>
        $"{progress.Attack}: {progress.Done} of {progress.Total} images, "
        + $"{Text(progress.Elapsed)}{(progress.Left is { } left ? $", {Text(left)} left" : "")}";

    private static string Text(TimeSpan time) => time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes} min"
        : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds} s" : $"{time.Seconds} s";
}
