namespace Trainer.Engine.Evaluation.Certification;

/// <summary>What an attack on a smoothed network found, as files of results have it.</summary>
/// <param name="Ledger">The name of its ledger's folder, beside that of the certification; null for none.</param>
/// <param name="Attack">Its name: "pgd-20 on 16 draws".</param>
/// <param name="Threat">The admissible perturbations.</param>
/// <param name="Draws">The draws of each verdict.</param>
/// <param name="AttackedExamples">How many images were attacked: those that are certified for their class.</param>
/// <param name="Accuracy">Of all images of the certification, the share that was attacked and not broken.</param>
/// <param name="Interval95">Ends of its 95 % interval.</param>
/// <param name="Contradictions">Images that it moved to another class within their certified radius.</param>
public sealed record SmoothedAttackResult(
    string? Ledger, string Attack, ThreatFields Threat, int Draws, int AttackedExamples,
    double Accuracy, IReadOnlyList<double> Interval95, IReadOnlyList<long> Contradictions);
