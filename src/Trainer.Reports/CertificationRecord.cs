using System.Text.Json.Nodes;
using Trainer.Engine.Evaluation.Certification;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Recipes;
using Trainer.Robustness.Metrics;

namespace Trainer.Reports;

/// <summary>A finished certification of a smoothed network as its folder holds it.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Identity">What it depends on, as the ledger's first line has it.</param>
/// <param name="Results">certification.json.</param>
internal sealed record CertificationRecord(string Folder, LedgerIdentity Identity, JsonObject Results)
{
    /// <summary>σ.</summary>
    public double Sigma => (double)Results["sigma"]!;

    /// <summary>n.</summary>
    public long Draws => (long)Results["n"]!;

    /// <summary>α.</summary>
    public double Alpha => (double)Results["alpha"]!;

    /// <summary>How many images.</summary>
    public int Examples => (int)Results["examples"]!;

    /// <summary>The average certified radius.</summary>
    public double AverageRadius => (double)Results["averageCertifiedRadius"]!;

    /// <summary>The radii of the images that are right, in ascending order.</summary>
    public IReadOnlyList<double> Radii { get; } =
        [.. Results["radii"]!.AsArray().Select(radius => (double)radius!)];

    /// <summary>The radii of the table.</summary>
    public IReadOnlyList<double> Steps { get; } =
        [.. Results["certified"]!.AsArray().Select(row => (double)row!["radius"]!)];

    /// <summary>Certified accuracy: images whose right class is certified for the radius or a larger one.</summary>
    public Accuracy Certified(double radius) => new(Radii.Count(certified => certified >= radius), Examples);

    /// <summary>Every finished certification, by σ and then by their order.</summary>
    /// <param name="evaluations">The folder of all evaluations; need not exist.</param>
    /// <exception cref="TrainerException">A file there is not one that the engine writes.</exception>
    public static IReadOnlyList<CertificationRecord> ReadAll(string evaluations) =>
        [.. RecordedResults.ReadAll(evaluations, Read).OrderBy(record => record.Sigma)];

    /// <summary>One certification; null where it is not finished.</summary>
    /// <exception cref="TrainerException">A file of it is not one that the engine writes.</exception>
    public static CertificationRecord? Read(string folder) => RecordedResults.Read(
        folder, CertificationResult.FileName, "certification",
        (identity, results, _) => new CertificationRecord(folder, identity, results));
}
