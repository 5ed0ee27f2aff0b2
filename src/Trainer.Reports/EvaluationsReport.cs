using Trainer.Engine.Checkpoints;
using Trainer.Engine.Evaluation.Certification;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Engine.Evaluation.Corruptions;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Evaluation.Verification;
using Trainer.Engine.Storage;
using Trainer.Recipes;
using Trainer.Reports.Pages;

namespace Trainer.Reports;

/// <summary>
/// Writes report.html about weights without a run: what <c>evaluate FILE --ledger DIR</c> has recorded in a folder.
/// </summary>
public static class EvaluationsReport
{
    /// <summary>Whether a folder holds finished evaluations and is no run folder.</summary>
    public static bool IsFolder(string path) =>
        !File.Exists(Path.Combine(path, RunFileNames.Metrics))
        && (Has(path, "results.json") || Has(path, CertificationResult.FileName)
        || Has(path, VerificationResult.FileName)
        || (Directory.Exists(path) && Directory.EnumerateDirectories(path).Any(CorruptionFiles.IsIn)));

    /// <summary>Whether a folder holds evaluations that were begun, and none that has ended.</summary>
    internal static bool IsUnfinished(string path) => !IsFolder(path) && Has(path, Ledger.FileName);

    /// <summary>Writes the page, replacing an earlier one.</summary>
    /// <param name="path">The folder.</param>
    /// <returns>The page's file.</returns>
    /// <exception cref="TrainerException">
    /// A file is not one that the engine writes, or the page cannot be written.
    /// </exception>
    public static string Write(string path)
    {
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var page = Path.Combine(folder, RunFileNames.Report);
        Destination.CheckFile("report", page);
        var checks = Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)
            .Select(part => (Path.GetFileName(part), CheckReport.Read(part))).Where(part => part.Item2.Count > 0);
        var recorded = EvaluationRecord.ReadWithInterrupted(folder);
        AtomicFile.WriteResult(
            page, EvaluationsPage.Of(
                Path.GetFileName(folder), recorded, CertificationRecord.ReadAll(folder),
                VerificationRecord.ReadAll(folder, recorded), CorruptionFiles.ReadAll(folder), [.. checks]));
        return page;
    }

    private static bool Has(string path, string file) => Directory.Exists(path)
        && Directory.EnumerateDirectories(path).Any(folder => File.Exists(Path.Combine(folder, file)));
}
