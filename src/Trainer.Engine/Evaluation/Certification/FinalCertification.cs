using System.Globalization;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Weights;
using Trainer.Robustness;
using Trainer.Robustness.Random;
using Trainer.Robustness.Smoothing;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation.Certification;

/// <summary>
/// Certifies a smoothed network on test images, with ledgers from which a stopped certification resumes.
/// </summary>
/// <param name="classifier">The network with its weights.</param>
/// <param name="plan">Network and seed.</param>
/// <param name="data">Whose test images are certified.</param>
/// <param name="options">Noise, draws and α.</param>
public sealed class FinalCertification(
    Classifier classifier, EvaluationPlan plan, DataSplits data, SmoothingOptions options)
{
    // Raise it with every change of smoothing, noise or bounds that can change a vote or a radius.
    private const int Version = 1;

    // Raise it with every change of how the smoothed network is attacked that can change a verdict.
    private const int AttackVersion = 3;

    private readonly RandomKey key = new RunRandom(plan.Seed).Key("certify");

    /// <inheritdoc cref="Certifier.StopEarly"/>
    public bool StopEarly { get; init; }

    /// <summary>How the smoothed network is attacked afterwards; null for not at all.</summary>
    public SmoothedAttack? Attack { get; init; }

    /// <summary>Certifies, and then attacks the images whose class is certified.</summary>
    /// <param name="indices">The test images.</param>
    /// <param name="workers">The threads that it is divided over.</param>
    /// <param name="control">Where ledgers are kept, and what watches and stops.</param>
    /// <returns>Null where a stop was requested.</returns>
    public CertificationResult? Run(IReadOnlyList<long> indices, BatchWorkers workers, EvaluationControl control)
    {
        var certifier = new Certifier(classifier, options, key, workers) { StopEarly = StopEarly };
        using var ledger = Open(control, LedgerIdentity.NoThreat, indices, [Certifier.Name], options.N);
        if (certifier.Run(data.Test, indices, control, ledger) is not { } certified)
            return null;
        var result = new CertificationResult(options, certified) { Folder = ledger?.Folder };
        if (Attack is not { } attack)
            return result;
        long[] right = [.. certified.Where(example => example.BrokenBy is null).Select(example => example.Index)];
        var words = LedgerIdentity.Describe(attack.Attack);
        using var attacks = Open(
            control, attack.Threat, right,
            [words, $"{attack.Draws} draws", $"judged by {attack.PredictionDraws}, version {AttackVersion}"],
            attack.PredictionDraws);
        return certifier.Attack(attack, data.Test, right, control, attacks) is not { } attacked ? null
            : result with { Attack = attack, Attacked = attacked, AttackFolder = attacks?.Folder };
    }

    private Ledger? Open(
        EvaluationControl control, ThreatModel threat, IReadOnlyList<long> indices, IReadOnlyList<string> what,
        int draws)
    {
        if (control.Folder is null)
            return null;
        var smoothing = string.Create(CultureInfo.InvariantCulture, $"smoothing sigma {options.Sigma:R}, n0 "
            + $"{options.N0}, n {options.N}, alpha {options.Alpha:R}{(StopEarly ? ", stops early" : "")}, version "
            + $"{Version}");
        var identity = LedgerIdentity.Of(
            plan with { Threat = threat }, (WeightsHash.Of(plan.Model, classifier.Network), data.TestFingerprint), [],
            indices, key, data.Test.Device) with
        {
            Attacks = [smoothing, .. what],
            BlockSize = Certifier.BlockSize(draws),
        };
        return Ledger.Open(control.Folder, identity, keepsImages: false);
    }
}
