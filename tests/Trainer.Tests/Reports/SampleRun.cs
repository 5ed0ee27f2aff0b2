using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Evaluation.Verification;
using Trainer.Reports;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Reports;

/// <summary>A run of two epochs, every name in which is an attack on the page.</summary>
internal static class SampleRun
{
    public const string Hostile = "<script>alert(\"1\")</script>&'";

    public static RunRecord Of(string name = Hostile, double robust = 0.5) => new()
    {
        Folder = $"/runs/{name.Replace("/", "", StringComparison.Ordinal)}",
        Recipe = JsonNode.Parse("""
            { "data": { "type": "x" }, "model": { "type": "x" }, "objective": { "type": "x" }, "threat": { "norm": "linf", "epsilon": 0.1 }, "train": { "epochs": 2 } }
            """)!.AsObject().With("name", name).With("note", Hostile),
        Steps =
        [
            new(0, 1, 2.5, null, 0.1, 0.1, 1, 100), new(0, 2, null, null, 0.2, 0.1, 1, 110),
            new(1, 3, 1.5, null, 0.3, 0.05, 1, 120), new(1, 4, 1.25, null, 0.4, 0.05, 1, 130),
        ],
        Epochs =
        [
            new(1, 2, 61.5, Train(2.5, 0.15), new(40, 0.5, 0.25, Hostile, [0.14, 0.4])),
            new(2, 4, 60, Train(1.375, 0.35), new(40, 0.75, robust, Hostile, [0.35, 0.65])),
        ],
        Finals = [new("best", new(40, 0.8, robust, Hostile, [0.352, 0.648]), new(60, 0.85, null, null)),
        new("last", new(40, 0.7, 0.4, Hostile), new(60, 0.75, null, null)) { Threat = "l2 0.5" }],
        State = new()
        {
            Next = NextAction.Done,
            Epoch = 2,
            StepInEpoch = 0,
            GlobalStep = 4,
            Attempt = 0,
            Best = new(0.5, 4, 2),
            Recipe = [],
            RecipeHash = Hostile,
            DataFingerprint = Hostile,
            Versions = new Dictionary<string, string> { [Hostile] = Hostile },
            Device = Hostile,
            Threads = 2,
            AttackPrecision = AttackPrecision.Float32,
            MetricsLength = 0,
            Parts = [],
        },
        Starts = [new(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), ["train", Hostile])],
        Evaluations = [Evaluation(name, [(0, 0, 0), (1, 1, 0), (2, 1, 1)])],
        Checks = [new("zero-gradient", 0.75, 0.1, CheckVerdict.Flagged, "<script>", "square"),
        new("noise", null, 0.5, CheckVerdict.NotApplicable, "It has none.", null)],
        Examination = new("000002-step-000000004", "identity", 40, [], [Hostile, "other"],
            new("pgd-20", "data", 40, [new(0, 30), new(0.1, 20), new(0.2, 10)]),
            new(Hostile, 3, new([[1, 0], [0, 2]]), new([[1, 0], [1, 1]]), 5,
            [new(1, 1, 0, Hostile, 0.1, 1.5, "AAAA", "BBBB", "CCCC")])),
    };

    /// <summary>An evaluation that found these clean and attacked predictions.</summary>
    public static EvaluationRecord Evaluation(
        string weights, IReadOnlyList<(long Label, long Clean, long Attacked)> examples, string attack = "pgd-4",
        string data = "data") => new(
        "/runs/x/evaluations/0123", attack,
        new(weights, "network", data, """{"norm":0,"epsilon":0.1}""", [attack], $"{examples.Count}", 10, 1, []),
        JsonNode.Parse("""{ "stages": [{ "attack": "clean", "attacked": 3, "standing": 3, "forward": 3, "backward": 0, "seconds": 1.5 }] }""")!.AsObject(),
        [
            new(0, "clean", 0, 0, 0, [.. examples.Select(
                (example, index) =>
                new LedgerExample(
                index, example.Label, example.Clean, example.Label == example.Clean ? null : "clean"))]),
            new(1, attack, 0, 0, 0, [.. examples.Index().Where(item => item.Item.Label == item.Item.Clean)
                .Select(item =>
                new LedgerExample(
                item.Index, item.Item.Label, item.Item.Attacked, item.Item.Label == item.Item.Attacked ? null
                : attack))]),
        ]);

    /// <summary>A verification at L∞ 0.1: the first image is verified, the others are open.</summary>
    public static VerificationRecord Verification(
        string weights, string path, int examples = 2, int version = FinalVerification.Version) => new(
        new(weights, "network", "data", """{"norm":0,"epsilon":0.1}""", [Bounds(version)], $"{examples}", 10, 1, ["versions"]),
        path, new(
            new() { Norm = Norm.Linf, Epsilon = 0.1 }, "ibp",
            [.. Enumerable.Range(0, examples).Select(index => new LedgerExample(
                index, 1, 1, Margin: index == 0 ? -1 : 1))]));

    private static string Bounds(int version) => $"bounds ibp, version {version}";

    /// <summary>A certification of two images at σ 0.25: one has radius 0.3, the other is wrong.</summary>
    public static CertificationRecord Certification(string weights, string path, int n = 1000) => new(
        new(weights, "network", "data", """{"norm":1,"epsilon":0}""", ["smoothing"], "2", 10, 1, ["versions"]),
        path, new(
            new() { Sigma = 0.25, N = n },
            [new(0, 1, 1, Radius: 0.3), new(1, 1, 0, "clean", Radius: 0.5)]));

    private static Dictionary<string, double?> Train(double loss, double adversarial) =>
        new() { ["loss"] = loss, ["cleanAccuracy"] = null, ["adversarialAccuracy"] = adversarial };

    private static JsonObject With(this JsonObject node, string key, string value)
    {
        node[key] = value;
        return node;
    }
}
