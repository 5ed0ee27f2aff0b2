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

    /// <summary>Of each image that an attack misclassified, its index; those of the ledgers.</summary>
    public IReadOnlySet<long> Attacked { get; init; } = new HashSet<long>();

    /// <summary>Correctly classified images.</summary>
    public Accuracy Clean => Share(example => example.BrokenBy is null);

    /// <summary>Images that no admissible perturbation can change the class of.</summary>
    public Accuracy Verified => Share(IsVerified);

    /// <summary>Images that no recorded attack, and no perturbation of size 0, misclassified.</summary>
    public Accuracy UnderAttack => Share(example => !IsBroken(example));

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
            threat = EvaluationSummary.ThreatFields.Of(Threat),
            data,
            method = Method,
            examples = Examples.Count,
            cleanAccuracy = Clean.Value,
            verifiedAccuracy = Verified.Value,
            interval95 = new[] { Verified.Interval.Low, Verified.Interval.High },
            accuracyUnderAttack = UnderAttack.Value,
            open = Open.Value,
        }, EvaluationReport.Indented) + "\n";
        if (Folder is not null)
            AtomicFile.WriteResult(Path.Combine(Folder, FileName), json);
        if (path is not null)
            AtomicFile.Write(path, json);
    }

    private static bool IsVerified(LedgerExample example) => example is { BrokenBy: null, Margin: < 0 };

    private bool IsBroken(LedgerExample example) => example.BrokenBy is not null || Attacked.Contains(example.Index);

    private Accuracy Share(Func<LedgerExample, bool> counts) => new(Examples.Count(counts), Examples.Count);
}
