namespace Trainer.Benchmarks.Rows;

/// <summary>Every row, in the order of the table.</summary>
internal static class RowList
{
    private const string Pgd = """ { "type": "pgd-at", "attack": { "type": "pgd", "steps": 10, "stepSize": 0.025 } } """;
    private const string Trades = """ { "type": "trades", "beta": 6, "attack": { "type": "pgd", "steps": 10, "stepSize": 0.025, "gaussianStart": 0.001 } } """;

    internal static readonly StepWork ConvSmall = new("pgd-conv-small", "fashion-mnist", "conv-small", Pgd, 128);
    private static readonly StepWork SmallCnn = new("pgd-small-cnn", "fashion-mnist", "small-cnn", Pgd, 128);
    private static readonly StepWork PreActResNet18 =
        new("pgd-preact-resnet-18", "fashion-mnist-32", "preact-resnet-18", Pgd, 32);
    private static readonly StepWork ConvSmallTrades =
        new("trades-conv-small", "fashion-mnist", "conv-small", Trades, 128);
    private static readonly StepWork Mlp = new("pgd-mlp", "fashion-mnist", "mlp", Pgd, 128);

    private static readonly IReadOnlyList<IRow> All =
    [
        // First, so that no other row has left anything in this process.
        new MemoryRow(ConvSmall),
        new StreamMemoryRow(),
        new StepRow(ConvSmall, Reference: 1.45, Tuned: 1.15),
        new StepRow(SmallCnn, Reference: 1.45, Tuned: 1.15),
        new StepRow(PreActResNet18, Reference: 1.45, Tuned: 1.0),
        new HalfPrecisionRow(ConvSmall),
        new HalfPrecisionRow(SmallCnn),
        new HalfPrecisionRow(PreActResNet18),
        new StepRow(ConvSmallTrades, Reference: 1.40, Tuned: null),
        new StepRow(Mlp, Reference: null, Tuned: 1.3),
        new OptimizerRow(),
        new FloorRow(),
        new SaveStallRow(),
        new StreamRow(),
        new CertifyRow(),
        new ProcessesRow(ConvSmall),
        new AutoAttackRow(),
        new QuickStartRow(),
    ];

    public static IEnumerable<string> Names => All.Select(row => row.Name);

    /// <summary>One row, or all that the effort allows.</summary>
    public static IEnumerable<IRow> Of(string? only, Effort effort)
    {
        if (only is null)
            return All.Where(row => effort.WholeRuns > 0 || !row.TakesMinutes);
        return [All.FirstOrDefault(row => row.Name == only)
            ?? throw new ArgumentException($"Found the row '{only}', expected one of {string.Join(", ", Names)}.")];
    }
}
