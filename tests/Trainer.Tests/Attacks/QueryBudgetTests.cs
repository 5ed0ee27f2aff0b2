using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

public sealed class QueryBudgetTests
{
    private static readonly ThreatModel Threat = new() { Norm = Norm.Linf, Epsilon = 1e-6 };

    public static TheoryData<string, int> Budgets
    {
        get
        {
            var budgets = new TheoryData<string, int>();
            foreach (var queries in (int[])[3, 4, 57, 400])
            {
                budgets.Add("square", queries);
                budgets.Add("hopskipjump", queries);
            }
            return budgets;
        }
    }

    [Theory]
    [MemberData(nameof(Budgets))]
    public void An_example_that_withstands_the_attack_costs_exactly_the_budget(string name, int queries)
    {
        using var scope = NewDisposeScope();
        IAttack attack = name == "square" ? new Square() : new HopSkipJump();
        // So small a ball has no other class.
        var (passes, found) = Run(attack.WithQueries(queries)!, Threat);
        Assert.Equal(5 * queries, passes.Forward);
        Assert.Equal(0, passes.Backward);
        Assert.All(found.Success!, success => Assert.Null(success));
    }

    [Fact]
    public void With_queries_enough_the_attack_is_the_one_without_a_budget()
    {
        using var scope = NewDisposeScope();
        var threat = Threat with { Epsilon = 0.3 };
        var attack = new HopSkipJump { Steps = 3 };
        var (_, expected) = Run(attack, threat);
        var (_, found) = Run(((IAttack)attack).WithQueries(100_000)!, threat);
        Assert.Contains(expected.Success!, success => success is not null);
        Assert.Equal(expected.Success, found.Success);
        TensorAssert.Close(expected.Images, found.Images, 1e-4);
    }

    [Fact]
    public void An_attack_that_goes_by_gradients_keeps_no_number()
    {
        Assert.Null(((IAttack)new Pgd { Steps = 1 }).WithQueries(10));
        Assert.True(((IAttack)new Pgd { Steps = 1 }).NeedsGradients);
        Assert.False(((IAttack)new Square()).NeedsGradients);
        Assert.False(((IAttack)new QueryBudget(new HopSkipJump(), 3)).NeedsGradients);
        Assert.False(((IAttack)new Eot { Attack = new Square() }).NeedsGradients);
    }

    private static (PassCount Passes, AttackResult Found) Run(IAttack attack, ThreatModel threat)
    {
        using var linear = nn.Linear(64, 10, hasBias: false);
        using (no_grad())
            linear.weight.copy_(RandomSource.ForBatch(RandomKey.Of(2)).Normal(linear.weight));
        using var network = nn.Sequential(nn.Flatten(), linear);
        using var classifier = new Classifier(network, 10);
        var images = RandomSource.ForBatch(RandomKey.Of(7)).Uniform(zeros(5, 1, 8, 8));
        var labels = classifier.Predict(images);
        var before = classifier.Passes;
        var random = RandomSource.ForExamples(RandomKey.Of(1), [0, 1, 2, 3, 4]);
        var found = attack.Run(AttackBatch.Unchecked(classifier, images, new MarginLoss(labels), threat, random));
        return (classifier.Passes - before, found);
    }
}
