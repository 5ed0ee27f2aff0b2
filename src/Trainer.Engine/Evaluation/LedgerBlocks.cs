using System.Diagnostics;
using Trainer.Engine.Evaluation.Ledgers;

namespace Trainer.Engine.Evaluation;

/// <summary>Goes through examples block by block: a ledger keeps each, and several processes share them.</summary>
/// <param name="name">What progress calls it.</param>
/// <param name="control">How it is watched and stopped, and the processes.</param>
/// <param name="ledger">Of the first process; null elsewhere, and where none is kept.</param>
internal sealed class LedgerBlocks(string name, EvaluationControl control, Ledger? ledger)
{
    /// <summary>The verdicts on some examples; null where a stop was requested.</summary>
    /// <param name="indices">The examples.</param>
    /// <param name="blockSize">How many at once.</param>
    /// <param name="compute">The line of a block, from its number and its examples.</param>
    public IReadOnlyList<LedgerExample>? Run(
        IReadOnlyList<long> indices, int blockSize, Func<int, long[], LedgerBlock> compute)
    {
        var blocks = indices.Chunk(blockSize).ToList();
        var shared = new SharedBlocks(control.Processes, ledger, 0, blocks.Count);
        var (since, examples) = (Stopwatch.StartNew(), new List<LedgerExample>());
        var known = blocks.Take(shared.Recorded).Sum(block => block.Length);
        foreach (var (number, _) in blocks.Index())
        {
            if (!shared.Has(number))
            {
                if (control.StopRequested?.Invoke() == true)
                    return null;
                // There are no images to keep; one number takes their place between processes.
                shared.Compute(number, next => new(compute(next, blocks[next]), 0, zeros(1)));
            }
            examples.AddRange(shared.Take(number, keep: true).Entry.Examples);
            control.Progress?.Invoke(new(
                name, examples.Count, indices.Count, since.Elapsed, Math.Min(known, examples.Count)));
        }
        return examples;
    }
}
