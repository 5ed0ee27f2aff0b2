using System.Text.Json;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Fixtures;

namespace Trainer.Tests.Attacks;

public sealed class PgdAdamTests
{
    private static readonly RandomKey Key = RandomKey.Of(3);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void It_finds_what_PyTorchs_Adam_finds(int index)
    {
        using var scope = NewDisposeScope();
        var fixture = Fixture.Read("pgd-adam.json");
        var labels = Numbers(fixture.GetProperty("labels"));
        using var network = new TinyNetwork(Weight(fixture.GetProperty("weight")));
        var images = tensor(Numbers(fixture.GetProperty("images"))).reshape(labels.Length, 1, 2, 2);
        var loss = new CrossEntropyLoss(tensor(labels.Select(label => (long)label).ToArray()));
        var expected = fixture.GetProperty("cases")[index];
        var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = expected.GetProperty("epsilon").GetDouble() };
        var found = new PgdAdam { RandomStart = false }.Perturb(
            network.Classifier, images, loss, threat, RandomSource.ForBatch(Key));
        TensorAssert.Close(tensor(Numbers(expected.GetProperty("found"))), found.flatten(), 2e-6);
    }

    [Fact]
    public void Where_the_gradient_stays_each_step_has_the_length_of_the_rate_and_a_tenth_of_it_from_the_middle_on()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(new float[,] { { 1, -2, 0, 0 }, { -1, 1, 0, 3 } });
        var images = full([1, 1, 2, 2], 0.5f);
        var attack = new PgdAdam { Steps = 5, Rate = 0.01, RandomStart = false };
        Tensor Change(ThreatModel threat) =>
            attack.Perturb(network.Classifier, images, new MarginLoss(tensor([0L])), threat, RandomSource.ForBatch(Key))
            .flatten() - 0.5;
        TensorAssert.Close(
            tensor([-0.032f, 0.032f, 0f, 0.032f]), Change(new() { Norm = Norm.Linf, Epsilon = 0.1 }), 1e-6);
        TensorAssert.Close(
            tensor([-0.016f, 0.016f, 0f, 0.016f]),
            Change(new ThreatModel { Norm = Norm.Linf, Epsilon = 0.1 }.Scaled(0.5)), 1e-6);
    }

    [Fact]
    public void It_starts_anywhere_in_the_ball_unless_RandomStart_is_false()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(new float[,] { { 1, -2, 0, 0 }, { -1, 1, 0, 3 } });
        var images = full([1, 1, 2, 2], 0.5f);
        var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = 0.1 };
        using var ball = Ball.Create(threat, images);
        var start = ball.RandomStart(RandomSource.ForBatch(Key));
        Tensor After(bool randomStart) =>
            new PgdAdam { Steps = 1, Rate = 1e-9, RandomStart = randomStart }.Perturb(
            network.Classifier, images, new MarginLoss(tensor([0L])), threat, RandomSource.ForBatch(Key));
        TensorAssert.Close(start, After(true), 1e-6);
        TensorAssert.Close(images, After(false), 1e-6);
    }

    private static float[] Numbers(JsonElement value) => [.. Fixture.Numbers(value).Select(number => (float)number)];

    private static float[,] Weight(JsonElement rows)
    {
        var weight = new float[rows.GetArrayLength(), rows[0].GetArrayLength()];
        Buffer.BlockCopy(Numbers(rows), 0, weight, 0, sizeof(float) * weight.Length);
        return weight;
    }
}
