using Trainer.Engine.Evaluation.Certification;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Recipes;

namespace Trainer.Reports;

/// <summary>A finished certification of a smoothed network as its folder holds it.</summary>
/// <param name="Identity">What it depends on, as the ledger's first line has it.</param>
/// <param name="Weights">Where the weights were.</param>
/// <param name="Result">The radius of each image.</param>
internal sealed record CertificationRecord(LedgerIdentity Identity, string Weights, CertificationResult Result)
    : IProofRecord
{
    /// <summary>Every finished certification, by σ and then by their order.</summary>
    /// <param name="evaluations">The folder of all evaluations; need not exist.</param>
    /// <exception cref="TrainerException">A file there is not one that the engine writes.</exception>
    public static IReadOnlyList<CertificationRecord> ReadAll(string evaluations) =>
        [.. RecordedResults.ReadAll(evaluations, Read).OrderBy(record => record.Result.Options.Sigma)];

    /// <summary>One certification; null where it is not finished.</summary>
    /// <exception cref="TrainerException">A file of it is not one that the engine writes.</exception>
    public static CertificationRecord? Read(string folder) => RecordedResults.Read(
        folder, CertificationResult.FileName, "certification", (identity, results, lines) =>
            new CertificationRecord(identity, (string)results["weights"]!, new(
                new()
                {
                    Sigma = (double)results["sigma"]!,
                    N0 = (int)results["n0"]!,
                    N = (int)results["n"]!,
                    Alpha = (double)results["alpha"]!,
                },
                RecordedResults.Examples(lines))
            {
                Folder = folder,
                Attacks = CertificationResult.AttacksOf(results),
            }));
}
