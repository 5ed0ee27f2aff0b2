namespace Trainer.Benchmarks.Rows;

/// <summary>Every row, in the order of the table.</summary>
internal static class RowList
{
    private const string Fashion = """ "data": { "type": "fashion-mnist" } """;
    private const string Noise = """ "data": { "type": "noise", "channels": 3, "side": 32 } """;
    private const string Pgd = """ { "type": "pgd-at", "attack": { "type": "pgd", "steps": 10, "stepSize": 0.025 } } """;
    private const string Trades = """ { "type": "trades", "beta": 6, "attack": { "type": "pgd", "steps": 10, "stepSize": 0.025, "gaussianStart": 0.001 } } """;

    private static readonly IReadOnlyList<IRow> All =
    [
        new StepRow("pgd-conv-small", Fashion, """ { "type": "conv-small" } """, Pgd, 128, Reference: 1.45, Tuned: 1.05),
        new StepRow("pgd-small-cnn", Fashion, """ { "type": "small-cnn" } """, Pgd, 128, Reference: 1.45, Tuned: 1.05),
        new StepRow("pgd-preact-resnet-18", Noise, """ { "type": "preact-resnet-18" } """, Pgd, 32, Reference: 1.45, Tuned: 1.05),
        new StepRow("trades-conv-small", Fashion, """ { "type": "conv-small" } """, Trades, 128, Reference: 1.40, Tuned: null),
        new StepRow("pgd-mlp", Fashion, """ { "type": "mlp" } """, Pgd, 128, Reference: null, Tuned: 1.6),
        new OptimizerRow(),
        new FloorRow(),
        new SaveStallRow(),
        new AutoAttackRow(),
        new QuickStartRow(),
    ];

    public static IEnumerable<string> Names => All.Select(row => row.Name);

    /// <summary>One row, or all that the effort allows.</summary>
    public static IEnumerable<IRow> Of(string? only, Effort effort)
    {
        if (only is null)
            return All.Where(row => effort.WholeRuns > 0 || !row.IsWhole);
        return [All.FirstOrDefault(row => row.Name == only)
            ?? throw new ArgumentException($"Found the row '{only}', expected one of {string.Join(", ", Names)}.")];
    }
}
