using Trainer.Engine.Evaluation.Ledgers;

namespace Trainer.Reports.Examinations;

/// <summary>What classes are taken for.</summary>
/// <param name="Counts">For each true class, how many of its images are taken for each class.</param>
public sealed record Confusion(IReadOnlyList<IReadOnlyList<int>> Counts)
{
    /// <summary>Counts the verdicts.</summary>
    /// <param name="examples">One each.</param>
    /// <param name="classes">The number of classes.</param>
    public static Confusion Of(IEnumerable<LedgerExample> examples, int classes)
    {
        var counts = Enumerable.Range(0, classes).Select(_ => new int[classes]).ToArray();
        foreach (var example in examples)
            counts[example.Label][example.Predicted]++;
        return new([.. counts]);
    }

    /// <summary>The commonest mistakes: class, what it is taken for, how often.</summary>
    public IEnumerable<(int Class, int TakenFor, int Count)> Mistakes() =>
        Counts.SelectMany((row, truth) => row.Select((count, predicted) => (truth, predicted, count)))
            .Where(cell => cell.truth != cell.predicted && cell.count > 0)
            .OrderByDescending(cell => cell.count).ThenBy(cell => cell.truth).ThenBy(cell => cell.predicted);
}
