using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Evaluation.Verification;
using Trainer.Recipes;

namespace Trainer.Reports;

/// <summary>A finished verification as its folder holds it.</summary>
/// <param name="Identity">What it depends on, as the ledger's first line has it.</param>
/// <param name="Weights">Where the weights were.</param>
/// <param name="Result">Each image is verified, broken or open.</param>
internal sealed record VerificationRecord(LedgerIdentity Identity, string Weights, VerificationResult Result)
    : IProofRecord
{
    /// <summary>Whether an earlier version computed it, whose bounds may have been wrong.</summary>
    public bool IsSuperseded => !FinalVerification.IsCurrent(Identity);

    /// <summary>Every finished verification, in the order of radii.</summary>
    /// <param name="evaluations">The folder of all evaluations; need not exist.</param>
    /// <param name="attacked">The evaluations there, whose attacks break images.</param>
    /// <exception cref="TrainerException">A file there is not one that the engine writes.</exception>
    public static IReadOnlyList<VerificationRecord> ReadAll(
        string evaluations, IReadOnlyList<EvaluationRecord> attacked) =>
        [.. RecordedResults.ReadAll(evaluations, folder => Read(folder, attacked))
            .OrderBy(record => (record.Result.Threat.Norm, record.Result.Threat.Epsilon))];

    private static VerificationRecord? Read(string folder, IReadOnlyList<EvaluationRecord> attacked) =>
        RecordedResults.Read(folder, VerificationResult.FileName, "verification", (identity, results, lines) =>
        {
            var threat = WorstCase.ThreatOf(identity.Threat)!;
            var worst = WorstCase.Of(attacked, (identity.Weights, identity.Network, identity.Data), threat);
            return new VerificationRecord(identity, (string)results["weights"]!, new(
                threat, (string)results["method"]!, RecordedResults.Examples(lines))
            {
                Attacked = worst.Attacked,
                Broken = worst.Broken,
            });
        });
}
