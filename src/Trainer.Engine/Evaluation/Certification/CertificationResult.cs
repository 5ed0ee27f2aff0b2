using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Storage;
using Trainer.Recipes;
using Trainer.Robustness.Metrics;
using Trainer.Robustness.Smoothing;

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

    /// <summary>The folder of the attack's ledger; null for none.</summary>
    public string? AttackFolder { get; init; }

    /// <summary>The attacks that the results beside the ledger have, of this and of earlier commands.</summary>
    public IReadOnlyList<SmoothedAttackResult> Attacks { get; init; } = [];

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
    /// Images that the attack has moved to another class by an image within their certified radius, whatever its
    /// threat model allows. Certificates may be wrong with probability α each, and so may the predictions, one for each
    /// part of the attack.
    /// </summary>
    public IReadOnlyList<long> Contradictions => [.. WithinRadius.Where(
        example => example.Predicted != Certifier.Abstains && example.BrokenBy is not null)
        .Select(example => example.Index)];

    /// <summary>
    /// Whether there are more contradictions than α explains, of all images: those within their radius are known only
    /// afterwards.
    /// </summary>
    public bool IsContradictory => Contradictions is { Count: > 0 and var count }
        && 1 - new Binomial(Examples.Count, Math.Min(1, (1 + Parts) * Options.Alpha)).AtMost(count - 1) < Alarm;

    private int Parts => Attack?.Attack.PartsUnder(Attack.Threat)?.Count ?? 1;

    private SmoothedAttackResult? AttackResult => UnderAttack is not { } robust ? null : new(
        Path.GetFileName(AttackFolder), Attack!.Name, ThreatFields.Of(Attack.Threat),
        Attack.PredictionDraws, Attacked.Count, robust.Value, [robust.Interval.Low, robust.Interval.High],
        Contradictions);

    private IEnumerable<LedgerExample> WithinRadius
    {
        get
        {
            var radii = Examples.ToDictionary(example => example.Index, example => example.Radius ?? 0);
            return Attacked.Where(example => example.Distance <= radii[example.Index]);
        }
    }

    /// <summary>Certified accuracy: images whose right class is certified for the radius or a larger one.</summary>
    public Accuracy Certified(double radius) =>
        new(CertifiedRadii.Count(certified => certified >= radius), Examples.Count);

    /// <summary>The attacks of a file of results, each with what it found; none of a file without any.</summary>
    public static IReadOnlyList<SmoothedAttackResult> AttacksOf(JsonObject results) =>
        results["attacks"].Deserialize<IReadOnlyList<SmoothedAttackResult>>(EvaluationReport.Indented) ?? [];

    /// <summary>
    /// Writes the numbers beside the ledger, where there is one, and to a file. Beside the ledger the attacks of
    /// earlier commands stay: they were attacks on the same certificates.
    /// </summary>
    /// <param name="weights">Where the weights are.</param>
    /// <param name="data">The test images' fingerprint.</param>
    /// <param name="path">The file; null for none.</param>
    /// <exception cref="TrainerException">The results beside the ledger are not ones that the engine wrote.</exception>
    public void Write(string weights, string data, string? path)
    {
        if (Folder is not null)
        {
            var file = Path.Combine(Folder, FileName);
            AtomicFile.WriteResult(file, Json(weights, data, "attacks", WithEarlier(file)));
        }
        if (path is not null)
            AtomicFile.Write(path, Json(weights, data, "underAttack", AttackResult));
    }

    private List<SmoothedAttackResult> WithEarlier(string file)
    {
        try
        {
            var earlier = File.Exists(file) ? AttacksOf(JsonNode.Parse(File.ReadAllText(file))!.AsObject()) : [];
            return AttackResult is not { } found ? [.. earlier]
                : [.. earlier.Where(attack => attack.Ledger != found.Ledger), found];
        }
        catch (Exception exception)
            when (exception is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new TrainerException(
                ErrorKind.Checkpoint, $"'{file}' is not one that the engine wrote: {exception.Message.TrimEnd('.')}. "
                + "Move it away and start again: what was computed is in the ledgers.", exception);
        }
    }

    private string Json(string weights, string data, string key, object? attacks)
    {
        var json = JsonSerializer.SerializeToNode(Fields(weights, data), EvaluationReport.Indented)!;
        json[key] = JsonSerializer.SerializeToNode(attacks, EvaluationReport.Indented);
        return json.ToJsonString(EvaluationReport.Indented) + "\n";
    }

    private object Fields(string weights, string data) => new
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
    };
}
