namespace Trainer.Benchmarks.Rows;

/// <summary>A line of the table, or a few that come from one measurement.</summary>
internal interface IRow
{
    string Name { get; }

    /// <summary>Whether it takes minutes: left out by --quick.</summary>
    bool TakesMinutes => false;

    IEnumerable<Ratio> Measure(Effort effort);
}
