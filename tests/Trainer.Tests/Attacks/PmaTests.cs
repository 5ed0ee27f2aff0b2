using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

public sealed class PmaTests
{
    // Class 0 leads at 0.5 by 0.4 over class 1 and by 0.9 over class 2, whose boundary is at 0.09 for L∞.
    private static readonly float[,] Weight = { { 0f, 0f, 0f, 0f }, { 1f, -1f, 0f, 0f }, { 3f, 1f, -2f, 4f } };
    private static readonly float[] Bias = [0f, -0.4f, -3.9f];

    [Fact]
    public void Steps_have_the_lengths_and_the_losses_of_the_public_code()
    {
        using var scope = NewDisposeScope();
        var ball = Ball.Create(new() { Norm = Norm.Linf, Epsilon = 0.1 }, full([1, 1, 1, 1], 0.5f));
        var (first, second) = (Walk(ball, beginsWithTrueClass: true), Walk(ball, beginsWithTrueClass: false));
        // 2 ε / 2 · (1 + cos(−π/3), cos 0, cos π/3, cos 2π/3; cos 0, cos π/3) for 6 steps, of which 3 come before the
        // change.
        double[] lengths = [0.15, 0.2, 0.15, 0.05, 0.2, 0.15];
        Assert.Equal(lengths, first.Select(step => Math.Round(step.Length, 12)));
        Assert.Equal(lengths, second.Select(step => Math.Round(step.Length, 12)));
        Assert.Equal([(0, 1), (0, -1), (0, -1), (1, -1), (1, -1), (1, -1)], first.Select(step => step.Factors));
        Assert.Equal([(0, 1), (1, 0), (1, 0), (1, -1), (1, -1), (1, -1)], second.Select(step => step.Factors));
    }

    [Fact]
    public void The_loss_is_the_margin_of_probabilities_after_half_of_the_steps()
    {
        using var scope = NewDisposeScope();
        var schedule = new PmaSchedule(steps: 2, length: 0, beginsWithTrueClass: true);
        var loss = new ProbabilityMarginLoss(tensor([0L, 2]), schedule);
        var logits = tensor(new float[,] { { 0, 0, MathF.Log(2) }, { 0, 0, MathF.Log(2) } });
        TensorAssert.Close(tensor([0.25f, 0.5f]), loss.PerExample(logits), 1e-6);
        schedule.Step(Ball.Create(new() { Norm = Norm.Linf, Epsilon = 0 }, zeros(1, 1, 1, 1)), zeros(1, 1, 1, 1),
            zeros(1, 1, 1, 1));
        TensorAssert.Close(tensor([0.25f, -0.25f]), loss.PerExample(logits), 1e-6);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(30)]
    [InlineData(40)]
    [InlineData(150)]
    [InlineData(1000)]
    public void However_confident_a_network_is_the_gradient_of_the_true_probability_is_of_all_logits(float gap)
    {
        using var scope = NewDisposeScope();
        using var confident = tensor(new[,] { { gap, 0, 0 } }).requires_grad_();
        // The first step maximises p_y, whose derivatives are p_y (1 − p_y) and −p_y p_k.
        var loss = new ProbabilityMarginLoss(tensor([0L]), new(2, 0, beginsWithTrueClass: true));
        var value = loss.PerExample(confident);
        value.sum().backward();
        var (own, other) = (1 / (1 + 2 * Math.Exp(-gap)), 1 / (Math.Exp(gap) + 2));
        TensorAssert.Close(tensor([(float)own]), value.detach(), 1e-7);
        // Where the product is too small for float32, in the same direction.
        var length = own * Math.Max(other, 1e-10);
        TensorAssert.Close(
            tensor(new[,] { { 2 * length, -length, -length } }), confident.grad!.to(ScalarType.Float64), 1e-6 * length);
    }

    [Theory]
    [InlineData(0.089, false)]
    [InlineData(0.092, true)]
    public void It_succeeds_if_and_only_if_the_nearest_boundary_is_within_the_radius(double epsilon, bool succeeds)
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight, Bias);
        var found = new Pma { Steps = 20 }.Run(
            network.Classifier, full([1, 1, 2, 2], 0.5f), new MarginLoss(tensor([0L])),
            new() { Norm = Norm.Linf, Epsilon = epsilon }, RandomSource.ForBatch(RandomKey.Of(3)));
        Assert.Equal(succeeds, found.Success!.Single() is { Attack: "pma-20" });
    }

    private static List<(double Length, (int, int) Factors)> Walk(Ball ball, bool beginsWithTrueClass)
    {
        var schedule = new PmaSchedule(steps: 6, length: 0.2, beginsWithTrueClass);
        var steps = new List<(double, (int, int))>();
        for (var step = 0; step < 6; step++)
        {
            steps.Add((schedule.Length, schedule.Factors));
            schedule.Step(ball, full([1, 1, 1, 1], 0.5f), ones(1, 1, 1, 1));
        }
        return steps;
    }
}
