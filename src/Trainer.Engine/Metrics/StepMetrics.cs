namespace Trainer.Engine.Metrics;

/// <summary>Training metrics of one logging interval.</summary>
/// <param name="Epoch">The epoch under way, from 0.</param>
/// <param name="Step">Global steps done.</param>
/// <param name="Loss">Mean of the objective over the interval.</param>
/// <param name="CleanAccuracy">On clean training images, 0 to 1.</param>
/// <param name="AdversarialAccuracy">On adversarial training images, 0 to 1.</param>
/// <param name="LearningRate">At the interval's last step.</param>
/// <param name="GradientNorm">L2 norm, mean over the interval's steps.</param>
/// <param name="ImagesPerSecond">Clean images per second.</param>
public sealed record StepMetrics(
    int Epoch,
    long Step,
    double? Loss,
    double? CleanAccuracy,
    double? AdversarialAccuracy,
    double LearningRate,
    double? GradientNorm,
    double? ImagesPerSecond) : MetricLine;
