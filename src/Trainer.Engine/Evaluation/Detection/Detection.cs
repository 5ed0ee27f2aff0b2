namespace Trainer.Engine.Evaluation.Detection;

/// <summary>What a method says of each training image, in their order.</summary>
/// <param name="Scores">Higher is more suspicious.</param>
/// <param name="Suspicious">Whether the method takes it for poisoned.</param>
internal sealed record Detection(double[] Scores, bool[] Suspicious);
