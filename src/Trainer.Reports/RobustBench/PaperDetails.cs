namespace Trainer.Reports.RobustBench;

/// <summary>What a run does not record of an entry of RobustBench; null is left open.</summary>
/// <param name="Title">The paper's title.</param>
/// <param name="Authors">The paper's authors.</param>
/// <param name="Link">The paper's address.</param>
/// <param name="Venue">Where it was published.</param>
/// <param name="Architecture">The network; null for the recipe's.</param>
/// <param name="Footnote">A remark.</param>
public sealed record PaperDetails(
    string? Title, string? Authors, string? Link, string? Venue, string? Architecture, string? Footnote);
