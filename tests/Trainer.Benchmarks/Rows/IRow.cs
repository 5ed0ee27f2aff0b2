namespace Trainer.Benchmarks.Rows;

/// <summary>A line of the table, or a few that come from one measurement.</summary>
internal interface IRow
{
    string Name { get; }

    /// <summary>Whether it times whole runs, which takes minutes.</summary>
    bool IsWhole => false;

    IEnumerable<Ratio> Measure(Effort effort);
}
