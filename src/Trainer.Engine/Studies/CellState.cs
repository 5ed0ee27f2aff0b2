namespace Trainer.Engine.Studies;

/// <summary>What a cell's run folder says of it.</summary>
/// <param name="Progress">How far it has come.</param>
/// <param name="Threads">The CPU threads that its newest checkpoint records; null where there is none.</param>
public readonly record struct CellState(CellProgress Progress, int? Threads);
