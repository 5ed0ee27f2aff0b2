using System.Text.Json;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Storage;
using Trainer.Robustness.Metrics;
using Trainer.Robustness.Smoothing;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation.Certification;

/// <summary>What the certification of a smoothed network found.</summary>
/// <param name="Options">Noise, draws and α.</param>
/// <param name="Examples">In index order, as <see cref="Certifier.Run"/> gives them.</param>
public sealed record CertificationResult(SmoothingOptions Options, IReadOnlyList<LedgerExample> Examples)
{
    /// <summary>The file beside the ledger.</summary>
    public const string FileName = "certification.json";

    private const double RadiusStep = 0.25;
    private const int MostRadii = 100;

    // The chance of a false alarm, over all certifications that anyone will make.
    private const double Alarm = 1e-6;

    /// <summary>The ledger's folder; null for none.</summary>
    public string? Folder { get; init; }

    /// <summary>How the smoothed network was attacked; null where it was not.</summary>
    public SmoothedAttack? Attack { get; init; }

    /// <summary>Of the attack, the examples that are certified for their class.</summary>
    public IReadOnlyList<LedgerExample> Attacked { get; init; } = [];

    /// <summary>The radius of an image on which all n draws agree.</summary>
    public double LargestRadius =>
        new Votes([Options.N, 0]).Certify(0, Options) is { Radius: { } radius } ? radius : 0;

    /// <summary>Multiples of a quarter up to the largest radius, 100 at most, for tables.</summary>
    public IReadOnlyList<double> Radii =>
        [.. Enumerable.Range(0, (int)Math.Min(MostRadii, (LargestRadius / RadiusStep) + 1))
            .Select(step => step * RadiusStep)];

    /// <summary>The certified radius of each image that is right, in ascending order.</summary>
    public IReadOnlyList<double> CertifiedRadii =>
        [.. Examples.Where(example => example.BrokenBy is null).Select(example => example.Radius ?? 0).Order()];

    /// <summary>ACR: the mean radius over all images, 0 where an image is wrong or abstained on.</summary>
    public double AverageRadius => CertifiedRadii.Sum() / Examples.Count;

    /// <summary>
    /// Images whose right class is certified, for whatever radius, and that the attack did not break; null without one.
    /// </summary>
    public Accuracy? UnderAttack => Attack is null ? null
        : new(Attacked.Count(example => example.BrokenBy is null), Examples.Count);

    /// <summary>
    /// Images that an attack within their certified radius has moved to another class. Certificates may be wrong with
    /// probability α each, and so may the predictions.
    /// </summary>
    public IReadOnlyList<long> Contradictions => [.. WithinRadius.Where(
        example => example.Predicted != Certifier.Abstains && example.BrokenBy is not null)
        .Select(example => example.Index)];

    /// <summary>Whether there are more contradictions than α explains.</summary>
    public bool IsContradictory => Contradictions is { Count: > 0 and var count }
        && 1 - new Binomial(WithinRadius.Count(), 2 * Options.Alpha).AtMost(count - 1) < Alarm;

    private IEnumerable<LedgerExample> WithinRadius
    {
        get
        {
            if (Attack is not { Threat: { Norm: Norm.L2, Epsilon: var epsilon } })
                return [];
            var radii = Examples.ToDictionary(example => example.Index, example => example.Radius ?? 0);
            return Attacked.Where(example => radii[example.Index] >= epsilon);
        }
    }

    /// <summary>Certified accuracy: images whose right class is certified for the radius or a larger one.</summary>
    public Accuracy Certified(double radius) =>
        new(CertifiedRadii.Count(certified => certified >= radius), Examples.Count);

    /// <summary>Writes the numbers beside the ledger, where there is one, and to a file.</summary>
    /// <param name="weights">Where the weights are.</param>
    /// <param name="data">The test images' fingerprint.</param>
    /// <param name="path">The file; null for none.</param>
    public void Write(string weights, string data, string? path)
    {
        // Beside its ledger without the attack, which has a ledger of its own.
        if (Folder is not null)
            AtomicFile.WriteResult(Path.Combine(Folder, FileName), (this with { Attack = null }).Json(weights, data));
        if (path is not null)
            AtomicFile.Write(path, Json(weights, data));
    }

    private string Json(string weights, string data) => JsonSerializer.Serialize(new
    {
        weights,
        data,
        sigma = Options.Sigma,
        n0 = Options.N0,
        n = Options.N,
        alpha = Options.Alpha,
        examples = Examples.Count,
        averageCertifiedRadius = AverageRadius,
        certified = Radii.Select(radius => (Radius: radius, Accuracy: Certified(radius))).Select(one => new
        {
            radius = one.Radius,
            accuracy = one.Accuracy.Value,
            interval95 = new[] { one.Accuracy.Interval.Low, one.Accuracy.Interval.High },
        }),
        radii = CertifiedRadii,
        underAttack = UnderAttack is not { } robust ? null : new
        {
            attack = Attack!.Name,
            threat = EvaluationSummary.ThreatFields.Of(Attack.Threat),
            draws = Attack.PredictionDraws,
            accuracy = robust.Value,
            interval95 = new[] { robust.Interval.Low, robust.Interval.High },
            contradictions = Contradictions,
        },
    }, EvaluationReport.Indented) + "\n";
}
