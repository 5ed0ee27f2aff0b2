using Trainer.Engine;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

/// <summary>Every attack on linear networks of two to five classes, whose worst case has a closed form.</summary>
public sealed class FewClassesTests
{
    private static readonly RandomKey Key = RandomKey.Of(17);

    // Class 0 leads by 0.4 over class 1 at grey; other classes are out of reach, and a softmax hardly sees them.
    private const float Lead = 0.4f;
    private static readonly float[][] Weights =
    [
        [1f, -1f, 0.5f, 2f], [-2f, 1.5f, 2f, -1f], [0.5f, 2f, -1f, 1f], [1f, 1f, -2f, 0.5f], [-1f, 0.5f, 1f, 2f],
    ];
    private static readonly float[] Logits = [0, -Lead, -30, -32, -35];

    /// <summary>They see classes or scores alone, attack another network, or leave the ball.</summary>
    private static readonly HashSet<string> MayMiss = ["hopskipjump", "n-fgsm", "square", "transfer"];

    /// <summary>They have one loss, whose largest value within the ball is the margin's.</summary>
    private static readonly HashSet<string> ReachWorstCase =
        ["apgd", "apgd-ce", "apgd-dlr", "apgd-train", "bim", "eot", "fgsm", "mim", "pgd", "pma"];

    /// <summary>Attacks with more steps than where only their promises are tested.</summary>
    private static readonly Dictionary<string, IAttack> Thorough = new()
    {
        ["eot"] = new Eot { Attack = new Pgd { Steps = 40 }, EotIterations = 2 },
        ["pgd"] = new Pgd { Steps = 40 },
        ["cw"] = new CarliniWagner { Steps = 100, BinarySearchSteps = 4, LearningRate = 0.02, InitialConst = 1 },
        ["mim"] = new Mim { Steps = 10 },
        ["pgd-adam"] = new PgdAdam { Steps = 20 },
        ["pma"] = new Pma { Steps = 20 },
        ["square"] = new Square { Queries = 100 },
    };

    public static TheoryData<string, Norm> Cases
    {
        get
        {
            var cases = new TheoryData<string, Norm>();
            foreach (var name in BuiltInComponents.Registry().Names(typeof(IAttack)))
            {
                foreach (var norm in Enum.GetValues<Norm>())
                    cases.Add(name, norm);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_succeeds_if_the_boundary_is_within_the_radius_and_only_then(string name, Norm norm)
    {
        foreach (var classes in (int[])[2, 3, 4, 5])
        {
            using var scope = NewDisposeScope();
            using var network = Network(classes);
            var classifier = network.Classifier;
            var images = full([3, 1, 2, 2], 0.5f);
            var loss = new MarginLoss(zeros(3, ScalarType.Int64));
            var attack = Thorough.GetValueOrDefault(name, EveryAttackTests.Descriptions[name]);
            var distance = Lead / DualLength(norm);
            // C&W looks for the shortest change in L2, and Adam's steps are not the steepest of L1.
            var mustSucceed =
                !MayMiss.Contains(name) && (name, norm) is not (("cw", Norm.Linf) or ("pgd-adam", Norm.L1));
            foreach (var (share, within) in (IEnumerable<(double, bool)>)[(0.9, false), (1.1, true)])
            {
                var threat = new ThreatModel { Norm = norm, Epsilon = share * distance };
                var found = attack.Run(classifier, images, loss, threat, RandomSource.ForExamples(Key, [0, 1, 2]));
                var what = $"{name} {norm} of {classes} classes at {share}";
                Assert.True(
                    threat.Violation(images, found.Images, attack.Bound(threat)).item<float>() <= 0, what);
                var inside = threat.Contains(images, found.Images).data<bool>().ToArray();
                var margins = loss.PerExample(classifier.Logits(found.Images)).data<float>().ToArray();
                foreach (var (row, success) in (found.Success ?? []).Index())
                {
                    Assert.True(success is null || (inside[row] && margins[row] > -1e-5), what);
                    Assert.True(within ? success is not null || !mustSucceed : success is null, what);
                }
                if (!within && ReachWorstCase.Contains(name))
                    Assert.All(margins, margin => Assert.Equal(-(1 - share) * Lead, margin, 0.02 * Lead));
            }
        }
    }

    private static TinyNetwork Network(int classes)
    {
        var weight = new float[classes, 4];
        var bias = new float[classes];
        for (var row = 0; row < classes; row++)
        {
            for (var column = 0; column < 4; column++)
                weight[row, column] = Weights[row][column];
            bias[row] = Logits[row] - 0.5f * Weights[row].Sum();
        }
        return new(weight, bias);
    }

    /// <summary>The norm of w₁ − w₀ that is dual to the threat model's.</summary>
    private static double DualLength(Norm norm)
    {
        var differences = Weights[1].Zip(Weights[0], (one, other) => (double)(one - other)).ToList();
        return norm switch
        {
            Norm.Linf => differences.Sum(Math.Abs),
            Norm.L2 => Math.Sqrt(differences.Sum(value => value * value)),
            _ => differences.Max(Math.Abs),
        };
    }
}
