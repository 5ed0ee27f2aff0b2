namespace Trainer.Engine.Training;

/// <summary>
/// What a changed recipe means for the run that is resumed with it: metrics before and after do not compare.
/// </summary>
/// <param name="Differences">Every difference with its old and new value.</param>
/// <param name="Batches">Whether other images come in other steps of an epoch than before.</param>
/// <param name="FormerSteps">
/// The steps that an epoch had before; null where that is not known, because the data set is read in another way.
/// </param>
internal sealed record RecipeChange(string Differences, bool Batches, long? FormerSteps);
