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
        var since = Stopwatch.StartNew();
        return shared.Run(
            number => new(compute(number, blocks[number]), 0, empty([0], ScalarType.Float32)), control.StopRequested,
            done => control.Progress?.Invoke(new(
                name, Images(done), indices.Count, since.Elapsed, Images(Math.Min(done, shared.Recorded)))))
            ?.SelectMany(block => block.Entry.Examples).ToList();

        int Images(int count) => blocks.Take(count).Sum(block => block.Length);
    }
}
