using Trainer.Engine.Data.Poisoning;

namespace Trainer.Engine.Data;

/// <summary>What a recipe has done to the training images of a data set once they are read.</summary>
/// <param name="Validation">How many of them to hold out.</param>
/// <param name="Extra">Images to mix with them; null for none.</param>
/// <param name="Poison">What an attacker does to a part of them; null for nothing.</param>
/// <param name="Exclude">The file of the rows to leave out; null for none.</param>
/// <param name="Subset">The part of the other rows to train on; null for all.</param>
public sealed record SplitOptions(
    int Validation, ExtraData? Extra, IPoison? Poison, string? Exclude, TrainingSubset? Subset = null);
