using Trainer.Engine.Data;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Bounds;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Evaluation.Verification;

/// <summary>Verifies test images, with a ledger from which a stopped verification resumes.</summary>
/// <param name="classifier">The network with its weights.</param>
/// <param name="plan">Network, threat model and seed.</param>
/// <param name="data">Whose test images are verified.</param>
/// <param name="method">How bounds are computed.</param>
public sealed class FinalVerification(Classifier classifier, EvaluationPlan plan, DataSplits data, BoundMethod method)
{
    // Raise it with every change of the bounds in float32, in which the command has all weights.
    internal const int Version = 4;

    private static string Suffix => $", version {Version}";

    /// <summary>Verifies the first test images.</summary>
    /// <param name="count">How many at most.</param>
    /// <param name="control">Where the ledger is kept, and what watches.</param>
    /// <returns>Null where a stop was requested.</returns>
    /// <exception cref="TrainerException">The network has layers without bounds.</exception>
    public VerificationResult? Run(int count, EvaluationControl control)
    {
        var indices = Enumerable.Range(0, (int)Math.Min(count, data.Test.Count)).Select(index => (long)index).ToArray();
        using var ledger = control.Folder is null ? null : Ledger.Open(control.Folder, Identity(indices), false);
        return new Verifier(classifier, plan.Threat, method).Run(data.Test, indices, control, ledger);
    }

    /// <summary>Whether a ledger is of today's bounds, and not of an earlier version's.</summary>
    public static bool IsCurrent(LedgerIdentity identity) =>
        identity.Attacks is [var bounds] && bounds.EndsWith(Suffix, StringComparison.Ordinal);

    private LedgerIdentity Identity(long[] indices) => LedgerIdentity.Of(
        plan, (WeightsHash.Of(plan.Model, classifier.Network), data.TestFingerprint), [], indices,
        new RunRandom(plan.Seed).Key("verify"), data.Test.Device) with
    {
        Attacks = [$"bounds {Verifier.Word(method)}{Suffix}"],
        BlockSize = Verifier.BlockSize,
    };
}
