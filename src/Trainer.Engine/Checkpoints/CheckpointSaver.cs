using System.Runtime.ExceptionServices;
using Trainer.Recipes;

namespace Trainer.Engine.Checkpoints;

/// <summary>
/// Saves in the background: the caller waits while the tensors are copied, and a thread writes them.
/// One save is in flight at most. The process does not end by itself before it is written.
/// </summary>
/// <param name="store">Used by nothing else while a save is in flight.</param>
/// <param name="report">Takes the end of each save, on the thread that wrote it.</param>
public sealed class CheckpointSaver(CheckpointStore store, Action<SaveReport> report) : IDisposable
{
    private readonly Snapshot snapshot = new();
    private Thread? writing;
    private (string Message, Exception Cause)? failure;
    private ExceptionDispatchInfo? defect;
    private CheckpointName? written;

    /// <summary>Called before each save: throws where the run folder is no longer that of the run.</summary>
    public Action CheckFolder { get; init; } = () => { };

    /// <summary>The best save that was written; waits for the one in flight. Null where there is none.</summary>
    public BestSave? Best
    {
        get
        {
            Wait();
            return store.Best;
        }
    }

    /// <summary>
    /// Starts a save; waits for the former one first. A save that fails is reported, and the run may continue to the
    /// next.
    /// </summary>
    /// <param name="contents">May change as soon as this returns.</param>
    /// <exception cref="TrainerException">The run folder was moved or deleted.</exception>
    public void Save(CheckpointContents contents)
    {
        Wait();
        defect?.Throw();
        CheckFolder();
        var step = contents.State.GlobalStep;
        PreparedSave save;
        try
        {
            save = store.Prepare(contents with { Files = snapshot.Take(contents.Files) });
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            Fail(step, exception);
            return;
        }
        writing = new Thread(() => Write(save, step)) { Name = "checkpoint" };
        writing.Start();
    }

    /// <summary>Reports a save that cannot begin, as one that failed.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="exception">Why.</param>
    public void Refuse(long step, IOException exception)
    {
        Wait();
        defect?.Throw();
        Fail(step, exception);
    }

    /// <summary>Waits for the save in flight.</summary>
    /// <exception cref="TrainerException">The latest save failed.</exception>
    public void Flush()
    {
        Wait();
        defect?.Throw();
        if (failure is var (message, cause))
            throw new TrainerException(ErrorKind.Checkpoint, message, cause);
    }

    /// <summary>Waits for the save in flight and frees the copies.</summary>
    public void Dispose()
    {
        Wait();
        snapshot.Dispose();
    }

    private void Wait()
    {
        writing?.Join();
        writing = null;
    }

    private void Write(PreparedSave save, long step)
    {
        try
        {
            WriteOrFail(save, step);
        }
        catch (Exception exception)
        {
            // A defect, not a full disk: it is thrown where the run can end in order, not on this thread.
            defect = ExceptionDispatchInfo.Capture(exception);
        }
    }

    private void WriteOrFail(PreparedSave save, long step)
    {
        try
        {
            store.Write(save);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            Fail(step, exception);
            return;
        }
        failure = null;
        written = save.Name;
        report(new SaveReport(step, save.Name, null));
    }

    private void Fail(long step, Exception exception)
    {
        var remedy = exception is UnauthorizedAccessException ? "Make the folder accessible"
            : "Make room or mend the folder";
        var message = $"The save at step {step} failed: {exception.Message.TrimEnd('.')}. "
            + $"{remedy}; {Last()}, and the next save is tried as usual.";
        failure = (message, exception);
        report(new SaveReport(step, null, message));
    }

    private string Last()
    {
        try
        {
            return store.NewestPath is { } path ? $"the last checkpoint is '{path}'" : "there is no checkpoint yet";
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            // What keeps the folder from being listed may have kept the save from being written.
            return written is null ? "the checkpoints cannot be listed" : $"the last checkpoint is {written}";
        }
    }
}

/// <summary>How a save ended.</summary>
/// <param name="Step">The global step at which it was made.</param>
/// <param name="Name">The checkpoint's folder; null where it failed.</param>
/// <param name="Failure">What went wrong and what to do; null where nothing did.</param>
public sealed record SaveReport(long Step, CheckpointName? Name, string? Failure);
