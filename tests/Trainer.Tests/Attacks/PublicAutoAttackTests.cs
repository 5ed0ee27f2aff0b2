using TorchSharp.Modules;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Fixtures;
using Trainer.Tests.Random;

namespace Trainer.Tests.Attacks;

/// <summary>
/// Agreement with the public AutoAttack on a small network, with the same random numbers (make_attack_fixture.py).
/// Where the public code shares numbers over the batch, so do the replayed ones.
/// </summary>
public sealed class PublicAutoAttackTests
{
    private const long Count = 150;
    private const long Side = 10;
    private const int Queries = 300;

    public static TheoryData<int, IAttack> Cases
    {
        get
        {
            var cases = new TheoryData<int, IAttack>();
            foreach (var index in (int[])[0, 1])
            {
                foreach (var attack in (IAttack[])[new ApgdCe(), new ApgdDlr(), new ApgdTargeted(), new FabTargeted(),
                    new Square { Queries = Queries }])
                    cases.Add(index, attack);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Verdicts_are_the_public_ones(int index, IAttack attack)
    {
        using var scope = NewDisposeScope();
        var expected = Fixture.Read("attacks.json")[index];
        var threat = new ThreatModel
        {
            Norm = Enum.Parse<Norm>(expected.GetProperty("norm").GetString()!),
            Epsilon = expected.GetProperty("epsilon").GetDouble(),
        };
        using var network = new Network();
        using var classifier = new Classifier(network, 10);
        var images = Seeded(3, false, Count, 1, Side, Side);
        var random = new ReplayedRandom(Count, (fields, shape) => Draws(attack, threat.Norm, fields, shape));
        var found = attack.Run(classifier, images, new MarginLoss(classifier.Predict(images)), threat, random);
        var verdicts = string.Concat(found.Success!.Select(what => what is null ? '1' : '0'));
        var theirs = expected.GetProperty(attack.Name).GetString()!;
        // Between a quarter and three quarters are robust: agreement would not come by chance. Another processor's last
        // bits may move one example over the boundary.
        Assert.InRange(theirs.Count(verdict => verdict == '1'), Count / 4, 3 * Count / 4);
        Assert.InRange(theirs.Zip(verdicts).Count(pair => pair.First != pair.Second), 0, 1);
        Assert.InRange(
            threat.Violation(images, found.Images, attack.Bound(threat)).item<float>(), float.NegativeInfinity, 0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void The_smallest_changes_are_the_public_ones(int index)
    {
        using var scope = NewDisposeScope();
        var expected = Fixture.Read("attacks.json")[index];
        var threat = new ThreatModel
        {
            Norm = Enum.Parse<Norm>(expected.GetProperty("norm").GetString()!),
            Epsilon = 0,
        };
        using var network = new Network();
        using var classifier = new Classifier(network, 10);
        var images = Seeded(3, false, Count, 1, Side, Side);
        var found = new FabTargeted { Targets = 2 }.Perturb(
            classifier, images, new MarginLoss(classifier.Predict(images)), threat,
            RandomSource.ForBatch(RandomKey.Of(0)));
        var distances = threat.Distance(images, found).data<float>().ToArray();
        var differences = Fixture.Numbers(expected.GetProperty("distances"))
            .Zip(distances, (theirs, ours) => Math.Abs(theirs - ours));
        Assert.True(differences.Count(difference => difference <= 1e-3) >= 0.99 * Count);
    }

    private static Tensor Draws(IAttack attack, Norm norm, IReadOnlyList<long> fields, long[] shape)
    {
        if (attack is not Square)
            return Seeded(1000 + fields[^1], norm == Norm.L2, shape);
        if (fields.Count == 1)
        {
            var start = Seeded(2000, false, shape);
            // The public code gives every example's bump of a place the same direction.
            if (norm == Norm.L2)
                start.select(2, 0).copy_(start.select(2, 0).select(0, 0).unsqueeze(0));
            return start;
        }
        using var scope = NewDisposeScope();
        var queries = Seeded(2001, false, Queries, shape[2]);
        var first = fields[1] * shape[1];
        var block = zeros(shape[1], shape[2]);
        var count = Math.Min(shape[1], Queries - first);
        block.narrow(0, 0, count).copy_(queries.narrow(0, first, count));
        return block.unsqueeze(0).repeat(shape[0], 1, 1).MoveToOuterDisposeScope();
    }

    private static Tensor Seeded(long seed, bool normal, params long[] shape)
    {
        using var generator = new Generator((ulong)seed);
        return normal ? randn(shape, generator: generator) : rand(shape, generator: generator);
    }

    private sealed class Network : Module
    {
        private readonly Conv2d convolution;
        private readonly Linear linear;

        public Network() : base("network")
        {
            convolution = nn.Conv2d(1, 6, kernel_size: 4, stride: 2, padding: 1, bias: false);
            linear = nn.Linear(6 * Side * Side / 4, 10, hasBias: false);
            using var noGrad = no_grad();
            convolution.weight.copy_(Seeded(1, true, 6, 1, 4, 4) * 0.5);
            linear.weight.copy_(Seeded(2, true, 10, 6 * Side * Side / 4) * 0.2);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return linear.call(convolution.call(input - 0.5).relu().flatten(1)).MoveToOuterDisposeScope();
        }
    }
}
