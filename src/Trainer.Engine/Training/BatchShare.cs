using Trainer.Engine.Distributed;
using Trainer.Robustness.Objectives;

namespace Trainer.Engine.Training;

/// <summary>A process's share of a batch.</summary>
/// <param name="Batch">The batch, from 0.</param>
/// <param name="Rows">The rows of all processes.</param>
/// <param name="OwnRows">The rows of this one.</param>
/// <param name="CleanRows">Of these the first, which stay clean.</param>
/// <param name="Weight">What the share's loss weighs in the batch's.</param>
internal sealed record BatchShare(long Batch, long Rows, long OwnRows, long CleanRows, double Weight)
{
    /// <summary>The part of the batch's rows, from 0 to 1.</summary>
    public double Part => (double)OwnRows / Rows;

    /// <summary>The share of a batch.</summary>
    /// <param name="batch">The batch, from 0.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="share">Which of them the process takes.</param>
    /// <param name="objective">How many of them stay clean, and what they weigh.</param>
    public static BatchShare Of(long batch, long rows, RowShare share, IObjective objective)
    {
        var clean = objective.CleanRows(rows);
        if (share.Size == 1)
            return new(batch, rows, rows, clean, 1);
        var (ownRows, ownClean) = (share.Of(rows), share.Of(clean));
        var weight = objective.LossWeight(ownClean, ownRows - ownClean) / objective.LossWeight(clean, rows - clean);
        return new(batch, rows, ownRows, ownClean, weight);
    }
}
