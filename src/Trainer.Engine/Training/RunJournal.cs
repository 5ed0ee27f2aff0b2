using System.Diagnostics;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Metrics;
using Trainer.Recipes;

namespace Trainer.Engine.Training;

/// <summary>
/// Writes a run's metrics: metrics.jsonl line by line, and epochs.csv from it. What a full disk has no room for waits
/// in memory, and no checkpoint is saved before it is written.
/// </summary>
public sealed class RunJournal : IDisposable
{
    private readonly RunFolder? folder;
    private readonly Action<string> warn;
    private MetricsFile? metrics;
    private readonly List<EpochMetrics> epochs = [];
    private readonly Stopwatch epochTime = Stopwatch.StartNew();
    private readonly Stopwatch intervalTime = Stopwatch.StartNew();
    private bool warned;

    /// <summary>Opens the journal, cut to the length that the checkpoint recorded.</summary>
    /// <param name="folder">The run folder; null keeps nothing, where another process writes.</param>
    /// <param name="length">What the checkpoint recorded; 0 for a new run.</param>
    /// <param name="warn">Takes a line when metrics begin to wait.</param>
    /// <exception cref="TrainerException">The file is shorter than the checkpoint says.</exception>
    public RunJournal(RunFolder? folder, long length, Action<string> warn)
    {
        this.folder = folder;
        this.warn = warn;
        CutTo(length);
    }

    /// <summary>The length of metrics.jsonl, for a checkpoint.</summary>
    public long Length => metrics?.Length ?? 0;

    /// <summary>Writes what waits.</summary>
    /// <returns>Why it waits on; null where metrics.jsonl is whole.</returns>
    public IOException? Write() => Warn(metrics?.Write());

    /// <summary>Goes back to a checkpoint's place: the lines after it are gone.</summary>
    /// <param name="length">What the checkpoint recorded.</param>
    public void CutTo(long length)
    {
        if (folder is null)
            return;
        metrics?.Dispose();
        metrics = MetricsFile.Open(folder.Metrics, length);
        epochs.Clear();
        epochs.AddRange(MetricsFile.Read(folder.Metrics).OfType<EpochMetrics>());
        WriteTable();
    }

    /// <summary>
    /// The length that metrics.jsonl has for a run at this position: without lines of epochs that are not finished
    /// there, and at an epoch's beginning without lines of its steps.
    /// </summary>
    /// <param name="position">Before a step.</param>
    public long LengthAt(TrainingPosition position) => folder is null ? 0 : MetricsFile.LengthBefore(folder.Metrics,
        line => line switch
    {
        EpochMetrics epoch => epoch.Epoch > position.Epoch,
        StepMetrics step => position.StepInEpoch == 0 && step.Epoch >= position.Epoch,
        _ => false,
    });

    /// <summary>Starts the clocks of an epoch and of its first interval.</summary>
    public void BeginEpoch()
    {
        epochTime.Restart();
        intervalTime.Restart();
    }

    /// <summary>Writes the line of a logging interval.</summary>
    public StepMetrics Interval(TrainingPosition position, StepTotals totals, double learningRate)
    {
        var line = new StepMetrics(
            position.Epoch, position.Step, totals.MeanLoss, totals.CleanAccuracy, totals.AdversarialAccuracy,
            learningRate, totals.MeanGradientNorm, totals.Images / intervalTime.Elapsed.TotalSeconds);
        intervalTime.Restart();
        Warn(metrics?.Append(line));
        return line;
    }

    /// <summary>Writes the line of an epoch that ended.</summary>
    public EpochMetrics Epoch(
        TrainingPosition position, StepTotals? totals, AccuracyMetrics? validation, IsolationMetrics? isolation = null)
    {
        var train = new Dictionary<string, double?>
        {
            ["loss"] = totals?.MeanLoss,
            ["cleanAccuracy"] = totals?.CleanAccuracy,
            ["adversarialAccuracy"] = totals?.AdversarialAccuracy,
        };
        var line = new EpochMetrics(position.Epoch, position.Step, epochTime.Elapsed.TotalSeconds, train, validation)
        {
            Isolation = isolation,
        };
        Warn(metrics?.Append(line));
        epochs.Add(line);
        WriteTable();
        return line;
    }

    /// <summary>Writes the line of a final evaluation.</summary>
    public void Final(FinalMetrics line) => Warn(metrics?.Append(line));

    /// <inheritdoc/>
    public void Dispose() => metrics?.Dispose();

    private void WriteTable()
    {
        if (folder is null)
            return;
        try
        {
            EpochsTable.Write(folder.Epochs, epochs);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            Warn(exception as IOException ?? new(exception.Message, exception));
        }
    }

    private IOException? Warn(IOException? failure)
    {
        if (failure is not null && !warned)
            warn($"The run's metrics cannot be written: {failure.Message.TrimEnd('.')}. Make room: "
                + "they wait in memory and are tried again with the next.");
        warned = failure is not null;
        return failure;
    }
}
