namespace Trainer.Reports.Charts;

/// <summary>A place on the horizontal axis that is worth a line of its own.</summary>
/// <param name="X">Where.</param>
/// <param name="Label">What is there.</param>
internal readonly record struct ChartMark(double X, string Label);
