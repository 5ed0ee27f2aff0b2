namespace Trainer.Engine.Training.Collapse;

/// <summary>What the guard saw.</summary>
/// <param name="Kind">What kind of collapse it is.</param>
/// <param name="Saw">The metrics, as a sentence.</param>
/// <param name="Advice">What to do about it, as a sentence.</param>
public sealed record DetectedCollapse(CollapseKind Kind, string Saw, string Advice);
