using System.Text.Json.Nodes;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Recipes;

namespace Trainer.Reports;

/// <summary>An evaluation as its folder holds it.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Attack">The attacks' name.</param>
/// <param name="Identity">What the verdicts depend on, as the ledger's first line has it.</param>
/// <param name="Results">results.json; empty before the evaluation has ended.</param>
/// <param name="Blocks">The ledger.</param>
internal sealed record EvaluationRecord(
    string Folder, string Attack, LedgerIdentity Identity, JsonObject Results, IReadOnlyList<LedgerBlock> Blocks)
{
    /// <summary>The clean image's verdict on each example, in index order.</summary>
    public IReadOnlyList<LedgerExample> Clean { get; } =
        Sorted(Blocks.Where(block => block.Phase == 0).SelectMany(block => block.Examples));

    /// <summary>The final verdict on each example, in index order.</summary>
    public IReadOnlyList<LedgerExample> Last { get; } =
        Sorted(Blocks.OrderBy(block => block.Phase).SelectMany(block => block.Examples));

    /// <summary>What tables call its attacks.</summary>
    public string Label => AttackLabel.Of(Attack, Identity.Attacks);

    /// <summary>What tables call the attack that broke an example: this evaluation's, with the part that did.</summary>
    /// <param name="brokenBy">What the ledger calls it.</param>
    public string LabelOf(string brokenBy) => brokenBy == EvaluationStage.Clean ? brokenBy
        : !IsFinished ? $"without a result: {brokenBy}" : brokenBy == Attack ? Label : $"{Label}: {brokenBy}";

    /// <summary>The images that it attacked, also by its earlier versions.</summary>
    public IReadOnlySet<long> Attacked =>
        Earlier.Append(this).SelectMany(same => same.Blocks).Where(block => block.Phase > 0)
            .SelectMany(block => block.Examples).Select(example => example.Index).ToHashSet();

    /// <summary>Whether it is of an attack, also where no image was left to attack.</summary>
    public bool HasAttack => Identity.Attacks.Count > 0;

    /// <summary>Whether it has ended.</summary>
    public bool IsFinished => Results.Count > 0;

    /// <summary>Earlier evaluations that differ in versions alone.</summary>
    public IReadOnlyList<EvaluationRecord> Earlier { get; init; } = [];

    private string KeyWithoutVersions => (Identity with { Versions = [] }).Key;

    /// <summary>
    /// Every finished evaluation of a run, in the order in which they ended; of those that differ in versions alone,
    /// the last with the earlier ones.
    /// </summary>
    /// <param name="evaluations">The folder of all evaluations; need not exist.</param>
    public static IReadOnlyList<EvaluationRecord> ReadAll(string evaluations) => Directory.Exists(evaluations)
        ? [.. Directory.EnumerateDirectories(evaluations)
        .OrderBy(folder => File.GetLastWriteTimeUtc(Path.Combine(folder, "results.json")))
        .ThenBy(folder => folder, StringComparer.Ordinal)
            .Select(Read).OfType<EvaluationRecord>()
            .GroupBy(record => record.KeyWithoutVersions)
            .Select(same => same.Last() with { Earlier = [.. same.SkipLast(1)] })]
        : [];

    /// <summary>The finished evaluations of a run, and those that left a ledger alone.</summary>
    /// <param name="evaluations">The folder of all evaluations; need not exist.</param>
    /// <exception cref="TrainerException">A file there is not one that the engine writes.</exception>
    public static IReadOnlyList<EvaluationRecord> ReadWithInterrupted(string evaluations)
    {
        var interrupted = ReadInterrupted(evaluations).ToLookup(record => record.KeyWithoutVersions);
        var finished = ReadAll(evaluations);
        return
        [
            .. finished.Select(record => record with
            {
                Earlier = [.. record.Earlier, .. interrupted[record.KeyWithoutVersions]],
            }),
            .. interrupted.ExceptBy(finished.Select(record => record.KeyWithoutVersions), same => same.Key)
                .Select(same => same.Last() with { Earlier = [.. same.SkipLast(1)] }),
        ];
    }

    /// <summary>
    /// Every evaluation of a run by attacks that has a ledger and no results: it was interrupted, or it is of a masking
    /// check. A ledger that cannot be read is passed over: the evaluation itself refuses it.
    /// </summary>
    private static IEnumerable<EvaluationRecord> ReadInterrupted(string evaluations) =>
        RecordedResults.ReadAll(evaluations, ReadInterruptedOne).Where(record => record.Blocks.Count > 0);

    /// <summary>One evaluation; null where it is not finished.</summary>
    /// <exception cref="TrainerException">A file of it is not one that the engine writes.</exception>
    public static EvaluationRecord? Read(string folder) => RecordedResults.Read(
        folder, "results.json", "evaluation", (identity, results, lines) => new EvaluationRecord(
            folder, (string?)results["attack"] ?? "", identity, results, RecordedResults.Blocks(lines)));

    private static EvaluationRecord? ReadInterruptedOne(string folder) => RecordedResults.ReadInterrupted(
        folder, "results.json", "evaluation", (identity, lines) =>
        {
            if (!identity.IsOfAttacks)
                return null;
            var blocks = RecordedResults.Blocks(lines);
            var attacks = blocks.OrderBy(block => block.Phase).Select(block => block.Attack).Distinct()
                .Where(attack => attack != EvaluationStage.Clean);
            return new EvaluationRecord(folder, string.Join(" + ", attacks), identity, [], blocks);
        });

    private static IReadOnlyList<LedgerExample> Sorted(IEnumerable<LedgerExample> examples)
    {
        var last = new SortedDictionary<long, LedgerExample>();
        foreach (var example in examples)
            last[example.Index] = example;
        return [.. last.Values];
    }
}
