using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Trainer.Engine;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

/// <summary>
/// The results of every attack on a small network, in double precision, beside the version of its algorithm:
/// Fixtures/attack-versions.json. To renew the results of attacks whose version was raised, or those of all steps, run
/// the test once with RENEW_ATTACK_VERSIONS=1.
/// </summary>
public sealed class AttackVersionTests
{
    private const string AllSteps = "all steps";
    private const int Examples = 6;
    private const double Tolerance = 1e-5;
    private static readonly RandomKey Key = RandomKey.Of(91);
    private static readonly ComponentRegistry Registry = BuiltInComponents.Registry();
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private static readonly string Fixture = Path.Combine(
        Repository.Root, "tests", "Trainer.Tests", "Fixtures", "attack-versions.json");

    public static TheoryData<string> Attacks => [.. Registry.Names(typeof(IAttack))];

    [Theory]
    [MemberData(nameof(Attacks))]
    public void A_result_changes_only_with_the_version_of_the_algorithm(string name)
    {
        var version = Registry.Find(typeof(IAttack), name)!.GetCustomAttribute<ComponentAttribute>()!.Version;
        var recorded = Read();
        var before = recorded.GetValueOrDefault(name);
        var now = new Recorded(version, Results(EveryAttackTests.Descriptions[name]));
        var changed = before is null ? [] : now.Results.Keys.Where(
            way => !before.Results.TryGetValue(way, out var lines) || !Same(lines, now.Results[way])).ToList();
        // Evaluations stop at success. What takes all steps has versions of its own.
        var isOfAllSteps = changed.TrueForAll(way => way.EndsWith(AllSteps, StringComparison.Ordinal));
        if (Environment.GetEnvironmentVariable("RENEW_ATTACK_VERSIONS") == "1"
            && (version > (before?.Version ?? 0) || (isOfAllSteps && changed.Count > 0)))
        {
            (before, changed) = (recorded[name] = now, []);
            File.WriteAllText(Fixture, JsonSerializer.Serialize(recorded, Options) + "\n");
        }
        Assert.True(before?.Version == version,
            $"Found no results of version {version} of {name}. Run this test with RENEW_ATTACK_VERSIONS=1 and commit "
            + "attack-versions.json.");
        Assert.True(changed.Count == 0, $"The results of {name} have changed, its version has not. If the change is "
            + "meant, raise " + (isOfAllSteps ? "the versions of transfer and of attacked certifications, and renew."
            : $"it: [Component(\"{name}\", Version = {version + 1})]."));
    }

    /// <summary>By norm and way of running: of each example the success, the distance and the margin.</summary>
    private static Dictionary<string, string[]> Results(IAttack attack)
    {
        using var scope = NewDisposeScope();
        using var network = new Waves();
        using var classifier = new Classifier(network, Waves.Classes);
        var images = RandomSource.ForBatch(Key).Uniform(zeros(Examples, 1, 8, 8)).to(ScalarType.Float64);
        var results = new Dictionary<string, string[]>();
        foreach (var (norm, epsilon) in ((Norm, double)[])[(Norm.Linf, 0.018), (Norm.L2, 0.11), (Norm.L1, 0.65)])
        {
            var loss = (attack.Loss ?? AttackLossKind.Margin).For(classifier.Predict(images), Waves.Classes);
            var random = RandomSource.ForExamples(Key, [.. Enumerable.Range(0, Examples).Select(index => (long)index)]);
            var batch = AttackBatch.Unchecked(
                classifier, images, loss, new() { Norm = norm, Epsilon = epsilon }, random);
            foreach (var stops in (bool[])[true, false])
            {
                var found = attack.Run(batch with { StopAtSuccess = stops });
                using var noGrad = no_grad();
                var distance = batch.Threat.Distance(images, found.Images).data<double>().ToArray();
                var margin = new MarginLoss(loss.Labels).PerExample(classifier.Logits(found.Images)).data<double>()
                    .ToArray();
                results[$"{norm}, {(stops ? "until success" : AllSteps)}"] =
                    [.. distance.Select((length, row) => string.Create(CultureInfo.InvariantCulture,
                    $"{found.Success?[row]?.Attack ?? "-"} {found.Success?[row]?.Run} {found.Success?[row]?.Iteration} "
                    + $"{length:F6} {margin[row]:F6}"))];
            }
        }
        return results;
    }

    private static bool Same(string[] before, string[] now) => before.Length == now.Length
        && before.Zip(now).All(pair => SameExample(pair.First.Split(' '), pair.Second.Split(' ')));

    private static bool SameExample(string[] before, string[] now) => before.Take(3).SequenceEqual(now.Take(3))
        && before.Zip(now).Skip(3).All(pair => Math.Abs(Number(pair.First) - Number(pair.Second)) <= Tolerance);

    private static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static SortedDictionary<string, Recorded> Read() =>
        File.Exists(Fixture) ? JsonSerializer.Deserialize<SortedDictionary<string, Recorded>>(
        File.ReadAllText(Fixture), Options)! : [];

    private sealed record Recorded(int Version, Dictionary<string, string[]> Results);

    /// <summary>Two layers with a hyperbolic tangent, whose weights are waves: the same on every machine.</summary>
    private sealed class Waves() : Module("waves")
    {
        public const int Classes = 4;
        private const int Hidden = 12;

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var hidden = (input.flatten(1) - 0.5).matmul(Weight(input.shape[2] * input.shape[3], Hidden)).tanh();
            return hidden.matmul(Weight(Hidden, Classes)).MoveToOuterDisposeScope();
        }

        private static Tensor Weight(long rows, long columns) =>
            (arange(1, rows + 1, dtype: ScalarType.Float64)
            .unsqueeze(1) * arange(1, columns + 1, dtype: ScalarType.Float64).unsqueeze(0) * 0.7).sin_();
    }
}
