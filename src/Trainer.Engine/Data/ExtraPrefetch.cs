namespace Trainer.Engine.Data;

/// <summary>Reads the extra rows of the next steps in the background while the present one is computed.</summary>
/// <param name="images">The file.</param>
/// <param name="order">The rows of each step.</param>
/// <param name="steps">The steps of the epoch.</param>
internal sealed class ExtraPrefetch(ExtraImages images, MixedOrder order, long steps) : IDisposable
{
    private const int Ahead = 3;
    private readonly Queue<(long Step, MixedRows Rows, Task<ExtraRows> Extras)> queue = new();
    private (long Step, MixedRows Rows, ExtraRows Extras)? present;

    /// <summary>
    /// The rows of a step; asked for again, the same ones. Steps out of their order cost the reading ahead.
    /// </summary>
    public (MixedRows Rows, ExtraRows Extras) Take(long step)
    {
        if (present?.Step != step)
            present = Next(step);
        return (present.Value.Rows, present.Value.Extras);
    }

    /// <summary>Waits for what is being read, so that the file may be closed.</summary>
    public void Dispose() => Clear();

    private (long Step, MixedRows Rows, ExtraRows Extras) Next(long step)
    {
        if (queue.TryPeek(out var next) && next.Step != step)
            Clear();
        for (var ahead = step + queue.Count; ahead < Math.Min(step + Ahead, steps); ahead++)
        {
            var rows = order.Rows(ahead);
            queue.Enqueue((ahead, rows, Task.Run(() => images.Read(rows.Extras))));
        }
        var taken = queue.Dequeue();
        return (taken.Step, taken.Rows, taken.Extras.GetAwaiter().GetResult());
    }

    private void Clear()
    {
        // Their results are not asked for, and neither are their faults.
        foreach (var (_, _, extras) in queue)
            ((IAsyncResult)extras).AsyncWaitHandle.WaitOne();
        queue.Clear();
    }
}
