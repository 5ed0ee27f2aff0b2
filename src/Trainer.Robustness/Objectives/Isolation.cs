namespace Trainer.Robustness.Objectives;

/// <summary>
/// Which training images the engine sets apart for an objective: those of the smallest cross-entropy, in evaluation
/// mode and without augmentation. It tells the objective by <see cref="Targets.Isolated"/>.
/// </summary>
/// <param name="AfterEpochs">After how many epochs.</param>
/// <param name="UsedAfterEpochs">After how many epochs the isolated images are trained on again.</param>
/// <param name="Share">The share of the training images, above 0 and below 1; at least one is isolated.</param>
public sealed record Isolation(int AfterEpochs, int UsedAfterEpochs, double Share);
