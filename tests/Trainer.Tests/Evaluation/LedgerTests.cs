using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Models;
using Trainer.Robustness.Native;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Native;

namespace Trainer.Tests.Evaluation;

public sealed class LedgerTests : IDisposable
{
    private static readonly RandomKey Key = RandomKey.Of(2);
    private static readonly ThreatModel Threat = new() { Norm = Norm.Linf, Epsilon = 0.02 };
    private static readonly IReadOnlyList<IAttack> Attacks =
        [new Fgsm(), new ApgdCe { Steps = 6 }, new Pgd { Steps = 4 }];
    private static readonly long[] Rows = [.. Enumerable.Range(0, 40).Select(row => (long)row)];
    private readonly BatchWorkers alone = new(CPU, threads: 1);
    private readonly TemporaryFolder folder = new();
    private readonly ImageData data = new Training.SyntheticImages { Count = 40 }.Load([]).Train;
    private readonly Classifier classifier;

    public LedgerTests()
    {
        GlobalGenerators.Seed(Key);
        classifier = new(new ConvSmall().Build(new(1, 8, 8), 2), 2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(11)]
    public void A_stopped_evaluation_resumes_and_ends_with_the_same_ledger(int blocks)
    {
        var whole = Run("whole", int.MaxValue);
        Assert.Null(Run("stopped", blocks));
        var file = Only(Path.Combine(folder.Path, "stopped"), "ledger.jsonl");
        File.AppendAllText(file, "{\"phase\":2,\"att");

        var resumed = Run("stopped", int.MaxValue);

        Assert.Equal(
            File.ReadAllBytes(Only(Path.Combine(folder.Path, "whole"), "ledger.jsonl")), File.ReadAllBytes(file));
        Assert.Equal(whole!.Examples, resumed!.Examples);
        Assert.Equal(
            whole.Stages.Select(stage => (stage.Attack, stage.Robust, stage.Forward)),
            resumed.Stages.Select(stage => (stage.Attack, stage.Robust, stage.Forward)));
    }

    [Fact]
    public void A_whole_ledger_costs_no_more_than_to_see_whether_the_network_draws()
    {
        Run("whole", int.MaxValue);
        var before = classifier.Passes;
        Run("whole", int.MaxValue);
        Assert.Equal(new PassCount(2 * 8, 0), classifier.Passes - before);
    }

    [Fact]
    public void Each_misclassified_example_names_its_attack_and_its_image_is_kept()
    {
        var result = Run("whole", int.MaxValue)!;
        var broken = result.Examples.Where(example => example.BrokenBy is "fgsm").ToList();
        Assert.NotEmpty(broken);
        foreach (var path in Directory.GetFiles(Path.GetDirectoryName(Only(Path.Combine(folder.Path, "whole"),
            "ledger.jsonl"))!, "01-fgsm-*.safetensors"))
        {
            using var scope = NewDisposeScope();
            using var file = SafetensorsFile.Open(path);
            var (images, index) = (file.Read("images"), file.Read("index"));
            var (originals, labels) = data.Batch(index);
            Assert.True(threatHolds(originals, images));
            Assert.False(classifier.Predict(images).eq(labels).any().item<bool>());
            broken.RemoveAll(example => index.data<long>().Contains(example.Index));
        }
        Assert.Empty(broken);

        static bool threatHolds(Tensor originals, Tensor images) =>
            Threat.Violation(originals, images, Threat.Epsilon).item<float>() <= 0;
    }

    [Fact]
    public void Other_weights_attacks_or_examples_are_another_evaluation()
    {
        var identity = Identity(Attacks, Rows);
        Assert.Equal(identity.Key, Identity([.. Attacks], [.. Rows]).Key);
        string[] others =
        [
            Identity([new Fgsm(), new ApgdCe { Steps = 7 }, new Pgd { Steps = 4 }], Rows).Key,
            Identity(Attacks, Rows[1..]).Key,
            (identity with { Weights = "other" }).Key,
            (identity with { Data = "other" }).Key,
            (identity with { BlockSize = 8 }).Key,
            Identity(new PreActResNet18 { Width = 8 }, Threat, Key).Key,
            Identity(new PreActResNet18 { Width = 8, Shortcut = ResidualShortcut.Input }, Threat, Key).Key,
            Identity(new PreActResNet18 { Width = 8, Normalisation = new() { Mean = [0.5], Deviation = [0.5] } },
            Threat, Key).Key,
            Identity(new ConvSmall(), Threat with { Epsilon = 0.2 }, Key).Key,
            Identity(new ConvSmall(), Threat, Key.With("other")).Key,
            Identity([new Eot { Attack = new Pgd { Steps = 3 } }], Rows).Key,
            Identity([new Eot { Attack = new Pgd { Steps = 3, StepSize = 0.01 } }], Rows).Key,
            Identity([new AutoAttack()], Rows).Key,
            Identity([new Training.Recording()], Rows).Key,
            Identity([new ApgdCe(), new ApgdTargeted(), new FabTargeted(), new Square()], Rows).Key,
        ];
        Assert.DoesNotContain(identity.Key, others);
        Assert.Equal(others.Length, others.Distinct().Count());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_computed_without_oneDNN_is_another_evaluation(bool isWrong)
    {
        using var oneDnn = new SupposedOneDnn(isWrong);
        var before = Identity(Attacks, Rows);
        Assert.DoesNotContain("without oneDNN and NNPACK", before.Versions);
        OneDnn.DisableIfWrong();
        var after = Identity(Attacks, Rows);
        Assert.Equal(isWrong, after.Versions.Contains("without oneDNN and NNPACK"));
        Assert.Equal(isWrong, after.Key != before.Key);
    }

    [Fact]
    public void The_weights_that_training_began_with_are_no_part_of_the_identity()
    {
        // As ledgers named the network before there were such options.
        const string network = """{"type":"conv-small"}""";
        Assert.Equal(network, Identity(new ConvSmall(), Threat, Key).Network);
        Assert.Equal(
            network, Identity(new ConvSmall { Weights = "/weights/clean.pt", NewHead = true }, Threat, Key).Network);
    }

    [Fact]
    public void A_ledger_with_former_names_of_options_is_read_with_the_present_ones()
    {
        var identity = Identity([new Pgd { Steps = 3, Loss = AttackLossKind.Margin }, new Eot
        {
            Attack = new Square { Queries = 9 },
            EotIterations = 2,
        }], Rows);
        var former = identity with
        {
            Attacks = [.. identity.Attacks.Select(text => text.Replace(
                "\"loss\":", "\"goal\":", StringComparison.Ordinal)
                .Replace("\"pInit\":", "\"firstShare\":", StringComparison.Ordinal)
                .Replace("\"eotIterations\":", "\"draws\":", StringComparison.Ordinal))],
        };
        Assert.NotEqual(identity.Attacks, former.Attacks);
        Assert.Equal(identity.Attacks, LedgerIdentity.Parse(former.ToJson()).Attacks);
    }

    [Fact]
    public void An_extension_is_named_by_its_build_and_the_engines_code_by_its_versions()
    {
        var build = typeof(Training.Recording).Module.ModuleVersionId.ToString();
        Assert.Contains(
            build, Assert.Single(Identity([new Training.Recording()], Rows).Attacks), StringComparison.Ordinal);
        Assert.Contains(
            build, Assert.Single(Identity([new Eot { Attack = new Training.Recording() }], Rows).Attacks),
            StringComparison.Ordinal);
        var identity = Identity([new Fgsm()], Rows);
        Assert.StartsWith("Fgsm {", Assert.Single(identity.Attacks), StringComparison.Ordinal);
        var versions = string.Join(' ', identity.Versions);
        Assert.Contains("evaluation 2,", versions, StringComparison.Ordinal);
        Assert.DoesNotContain(typeof(Fgsm).Module.ModuleVersionId.ToString(), versions, StringComparison.Ordinal);
        Assert.DoesNotContain(typeof(Ledger).Module.ModuleVersionId.ToString(), versions, StringComparison.Ordinal);
    }

    [Fact]
    public void A_ledger_is_written_by_one_process_at_a_time()
    {
        var identity = Identity(Attacks, Rows);
        var half = Path.Combine(folder.Path, identity.Key, "stages.csv.1.tmp");
        using (Ledger.Open(folder.Path, identity))
        {
            File.WriteAllText(half, "half a file");
            Assert.EndsWith(
                " is in use by another process, which computes the same. Wait for it to end.",
                Assert.Throws<TrainerException>(() => Ledger.Open(folder.Path, identity)).Message,
                StringComparison.Ordinal);
            Assert.True(File.Exists(half));
        }
        // The next one to open it removes what the process, had it been killed, would have left.
        Ledger.Open(folder.Path, identity).Dispose();
        Assert.False(File.Exists(half));
    }

    [Fact]
    public void A_ledger_of_something_else_is_refused_and_left_as_it_is()
    {
        Run("whole", 3);
        var file = Only(Path.Combine(folder.Path, "whole"), "ledger.jsonl");
        File.WriteAllText(file, "{\"weights\":\"other\"}\n");
        var exception = Assert.Throws<TrainerException>(() => Run("whole", int.MaxValue));
        Assert.Contains("its first line names another evaluation", exception.Message, StringComparison.Ordinal);
        Assert.Equal("{\"weights\":\"other\"}\n", File.ReadAllText(file));
    }

    public void Dispose()
    {
        classifier.Network.Dispose();
        classifier.Dispose();
        data.Dispose();
        alone.Dispose();
        folder.Dispose();
    }

    private static LedgerIdentity Identity(IReadOnlyList<IAttack> attacks, long[] rows) =>
        LedgerIdentity.Of(Plan(new ConvSmall(), Threat, 6), ("weights", "data"), attacks, rows, Key, CPU);

    private static LedgerIdentity Identity(IArchitecture network, ThreatModel threat, RandomKey key) =>
        LedgerIdentity.Of(Plan(network, threat, 6), ("weights", "data"), Attacks, Rows, key, CPU);

    /// <summary>A plan with a network, a threat model and a size of blocks.</summary>
    internal static EvaluationPlan Plan(IArchitecture network, ThreatModel threat, int blockSize) => new()
    {
        Data = new FashionMnist(),
        Model = network,
        Threat = threat,
        Evaluate = new() { BatchSize = blockSize },
    };

    private static string Only(string folder, string name) =>
        Assert.Single(Directory.GetFiles(folder, name, SearchOption.AllDirectories));

    private EvaluationResult? Run(string name, int blocks)
    {
        using var ledger = Ledger.Open(Path.Combine(folder.Path, name), Identity(Attacks, Rows));
        return new RobustnessEvaluator(classifier, Threat, Key, 6, alone)
            .Run(data, Rows, Attacks, () => blocks-- == 0, ledger);
    }
}
