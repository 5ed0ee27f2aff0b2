namespace Trainer.Engine.Metrics;

/// <summary>How many examples are verified by bounds under the recipe's threat model.</summary>
/// <param name="Method">How bounds are computed, as recipes write it.</param>
/// <param name="Share">Of the examples that are verified.</param>
public sealed record VerifiedMetrics(string Method, ShareMetrics Share);
