namespace Trainer.Reports.Charts;

/// <summary>A measured value.</summary>
/// <param name="X">Where.</param>
/// <param name="Y">The value.</param>
/// <param name="Low">The interval's lower end; null for none.</param>
/// <param name="High">Its upper end.</param>
internal readonly record struct ChartPoint(double X, double Y, double? Low = null, double? High = null);
