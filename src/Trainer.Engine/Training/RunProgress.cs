namespace Trainer.Engine.Training;

/// <summary>How far a run is.</summary>
/// <param name="Plan">Its length.</param>
/// <param name="Epochs">Epochs finished.</param>
/// <param name="Step">Steps done.</param>
/// <param name="IsTrained">Whether no step is left.</param>
public sealed record RunProgress(TrainingPlan Plan, int Epochs, long Step, bool IsTrained);
