using Trainer.Engine.Checkpoints;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Metrics;
using Trainer.Recipes;

namespace Trainer.Engine.Repair;

/// <summary>What a repair did: a repaired run's repair.json.</summary>
/// <param name="Source">The checkpoint that was repaired.</param>
/// <param name="SourceIdentity">Identifies it.</param>
/// <param name="Method">The method, as the command names it.</param>
/// <param name="CleanImages">How many clean held-out images the defender had.</param>
/// <param name="Trained">How many of them were trained on; the others decided how far to prune.</param>
/// <param name="Decision">What the method decided; null for nothing.</param>
/// <param name="HeldBefore">Clean accuracy on the images that were not trained on, before.</param>
/// <param name="HeldAfter">The same after.</param>
/// <param name="Before">On all test images, before; the repair did not see it.</param>
/// <param name="After">The same after.</param>
/// <param name="Procedure">
/// The method with the options that it uses, as the command line has them; null in files that did not record it.
/// </param>
public sealed record RepairReport(
    string Source, string SourceIdentity, string Method, long CleanImages, long Trained, string? Decision,
    double HeldBefore, double HeldAfter, AccuracyMetrics Before, AccuracyMetrics After, string? Procedure = null)
{
    /// <summary>Writes the file into a run folder.</summary>
    public void Write(string folder) => ReportFile.Write(PathIn(folder), this);

    /// <summary>Reads the file of a run folder; null where there is none.</summary>
    /// <exception cref="TrainerException">It is not one that the engine writes.</exception>
    public static RepairReport? Read(string folder) =>
        ReportFile.Read<RepairReport>(PathIn(folder), "trainer repair");

    private static string PathIn(string folder) => Path.Combine(folder, RunFileNames.Repair);
}
