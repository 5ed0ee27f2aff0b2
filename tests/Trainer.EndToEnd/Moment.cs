namespace Trainer.EndToEnd;

/// <summary>What a run is doing when it is killed.</summary>
internal enum Moment
{
    Step,
    Save,
    Validation,
    FinalEvaluation,
}
