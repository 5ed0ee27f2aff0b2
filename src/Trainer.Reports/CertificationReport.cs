using Trainer.Engine.Storage;
using Trainer.Recipes;
using Trainer.Reports.Markup;
using Trainer.Reports.Pages;

namespace Trainer.Reports;

/// <summary>Writes the curve of a certification beside its ledger.</summary>
public static class CertificationReport
{
    private const string FileName = "certification.html";

    /// <summary>Writes the page, replacing an earlier one.</summary>
    /// <param name="folder">The certification's.</param>
    /// <param name="weights">What the page calls the weights.</param>
    /// <returns>The page's file.</returns>
    /// <exception cref="TrainerException">
    /// The folder has no finished certification, or the page cannot be written.
    /// </exception>
    public static string Write(string folder, string weights)
    {
        var record = CertificationRecord.Read(folder) ?? throw new TrainerException(
            ErrorKind.Checkpoint, $"'{folder}' has no finished certification.");
        var page = Path.Combine(folder, FileName);
        AtomicFile.WriteResult(page, Page.Of($"{weights} · Trainer", Html.Of($"""
            <header>
            <h1>{weights}</h1>
            </header>
            <main>
            <section>
            {CertificationSection.Of([(weights, record)])}</section>
            </main>

            """)));
        return page;
    }
}
