using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Robustness;
using Trainer.Tests.Training;

namespace Trainer.Tests.Evaluation.Checks;

/// <summary>Honest networks of few classes.</summary>
public sealed class ClassCountChecksTests
{
    private const int Examples = 40;
    private static readonly BatchWorkers Alone = new(CPU, threads: 1);
    private static readonly EvaluationPlan Plan =
        TinyRun.Recipe(("threat.epsilon", 0.2)).Value.EvaluationPlan.WithChecks(Examples);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void An_honest_network_of_any_number_of_classes_raises_no_flag(int classes)
    {
        using var few = Patterns.Images(Examples, classes);
        using var network = Patterns.Network(classes);
        using var classifier = new Classifier(network, classes);
        Assert.All(MaskingChecks.Run(classifier, Plan, few, "data", Alone),
            result => Assert.True(result.Verdict != CheckVerdict.Flagged, result.ToString()));
    }

    [Fact]
    public void Three_classes_in_a_row_raise_no_flag_though_their_ratio_is_constant()
    {
        // Logits s, −s and 0: the untargeted difference of logits ratio, which no attack of AutoAttack's follows, is −½
        // at every image of the first two classes.
        using var row = Patterns.Images(Examples, 2);
        using var two = Patterns.Network(2);
        using var network = new MaskedNetwork(input =>
        {
            var scores = two.call(input);
            var difference = scores.select(1, 0) - scores.select(1, 1);
            return stack([difference, -difference, zeros_like(difference)], 1);
        });
        using var classifier = new Classifier(network, 3);
        Assert.All(MaskingChecks.Run(classifier, Plan, row, "data", Alone),
            result => Assert.True(result.Verdict != CheckVerdict.Flagged, result.ToString()));
    }
}
