using System.Text.Json;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Storage;
using Trainer.Robustness.Metrics;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation.Verification;

/// <summary>What a verification found: each image is verified, broken or open.</summary>
/// <param name="Threat">The adversary.</param>
/// <param name="Method">How bounds were computed.</param>
/// <param name="Examples">
/// In index order. The margin is an upper bound of the largest other logit less the true class's, over all admissible
/// perturbations: below 0, the image is verified.
/// </param>
public sealed record VerificationResult(ThreatModel Threat, string Method, IReadOnlyList<LedgerExample> Examples)
{
    /// <summary>The file of results beside a ledger.</summary>
    public const string FileName = "verification.json";

    /// <summary>The ledger's folder; null for none.</summary>
    public string? Folder { get; init; }

    /// <summary>The images that a recorded attack under this threat model looked at, by their indices.</summary>
    public IReadOnlySet<long> Attacked { get; init; } = new HashSet<long>();

    /// <summary>Those that a recorded attack under this threat model or a smaller radius misclassified.</summary>
    public IReadOnlySet<long> Broken { get; init; } = new HashSet<long>();

    /// <summary>Correctly classified images.</summary>
    public Accuracy Clean => Share(example => example.BrokenBy is null);

    /// <summary>Images that no admissible perturbation can change the class of.</summary>
    public Accuracy Verified => Share(IsVerified);

    /// <summary>
    /// Of the images that a recorded attack under this threat model looked at, those that none broke; null where none
    /// looked at any.
    /// </summary>
    public Accuracy? UnderAttack =>
        Examples.Where(example => Attacked.Contains(example.Index)).ToList() is { Count: > 0 } attacked
        ? new(attacked.Count(example => !IsBroken(example)), attacked.Count) : null;

    /// <summary>Images that are misclassified, or that a recorded attack broke.</summary>
    public Accuracy BrokenShare => Share(IsBroken);

    /// <summary>Images that are neither verified nor broken.</summary>
    public Accuracy Open => Share(example => !IsVerified(example) && !IsBroken(example));

    /// <summary>Images that are both, which a correct bound and a correct attack cannot give.</summary>
    public IReadOnlyList<long> Contradictions =>
        [.. Examples.Where(example => IsVerified(example) && IsBroken(example)).Select(example => example.Index)];

    /// <summary>Writes the numbers beside the ledger, where there is one, and to a file.</summary>
    /// <param name="weights">Where the weights are.</param>
    /// <param name="data">The test images' fingerprint.</param>
    /// <param name="path">The file; null for none.</param>
    public void Write(string weights, string data, string? path)
    {
        var json = JsonSerializer.Serialize(new
        {
            weights,
            threat = ThreatFields.Of(Threat),
            data,
            method = Method,
            examples = Examples.Count,
            cleanAccuracy = Clean.Value,
            verifiedAccuracy = Verified.Value,
            interval95 = new[] { Verified.Interval.Low, Verified.Interval.High },
            attackedExamples = UnderAttack?.Examples ?? 0,
            accuracyUnderAttack = UnderAttack?.Value,
            broken = BrokenShare.Value,
            open = Open.Value,
        }, EvaluationReport.Indented) + "\n";
        if (Folder is not null)
            AtomicFile.WriteResult(Path.Combine(Folder, FileName), json);
        if (path is not null)
            AtomicFile.Write(path, json);
    }

    private static bool IsVerified(LedgerExample example) => example is { BrokenBy: null, Margin: < 0 };

    private bool IsBroken(LedgerExample example) => example.BrokenBy is not null || Broken.Contains(example.Index);

    private Accuracy Share(Func<LedgerExample, bool> counts) => new(Examples.Count(counts), Examples.Count);
}
