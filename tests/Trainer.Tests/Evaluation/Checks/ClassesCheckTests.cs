using System.Text.Json.Nodes;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Robustness;
using Trainer.Tests.Training;

namespace Trainer.Tests.Evaluation.Checks;

/// <summary>The check of the number of classes, for which AutoAttack's targeted loss is not defined below 4.</summary>
public sealed class ClassesCheckTests
{
    [Theory]
    [InlineData(2, """{"type":"pgd","loss":"margin","steps":100,"restarts":5}""", "pgd-100x5")]
    [InlineData(3, """{"type":"pgd","loss":"margin","steps":100,"restarts":5}""", "pgd-100x5")]
    // An evaluation maximises the margin where the attack names no loss.
    [InlineData(3, """{"type":"pgd","steps":200,"restarts":10}""", "pgd-200x10")]
    [InlineData(2, """{"type":"eot","attack":{"type":"pgd","steps":100,"restarts":5},"eotIterations":2}""", "pgd-100x5-eot2")]
    public void Few_classes_are_no_flag_where_the_evaluation_has_the_advised_attack(
        int classes, string attack, string name)
    {
        var check = OfClasses(classes, $$$"""[{"attack":{"type":"autoattack"}},{"attack":{{{attack}}} }]""");
        Assert.Equal((CheckVerdict.Passed, 0, null), (check.Verdict, check.Value, check.Recommends));
        Assert.EndsWith(
            $" The evaluation uses {name}, which needs no more classes.", check.Explanation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, """{"attack":{"type":"autoattack"}}""")]
    [InlineData(3, """{"attack":{"type":"pgd","steps":99,"restarts":5}}""")]
    [InlineData(3, """{"attack":{"type":"pgd","steps":100,"restarts":4}}""")]
    [InlineData(3, """{"attack":{"type":"pgd","steps":100,"restarts":5,"loss":"cross-entropy"}}""")]
    [InlineData(3, """{"attack":{"type":"pgd","steps":100,"restarts":5},"threat":{"norm":"l2","epsilon":0.2}}""")]
    public void Few_classes_are_flagged_where_the_evaluation_has_a_weaker_attack_or_another_threat_model(
        int classes, string final)
    {
        var check = OfClasses(classes, $"[{final}]");
        Assert.Equal((CheckVerdict.Flagged, 1), (check.Verdict, check.Value));
        Assert.Equal("""{"type":"pgd","loss":"margin","steps":100,"restarts":5}""", check.Recommends);
    }

    private static CheckResult OfClasses(int classes, string final)
    {
        using var images = FourPatterns.Images(20);
        using var honest = FourPatterns.Network();
        using var parts = new BatchWorkers(CPU, threads: 1);
        using var network = new MaskedNetwork(input => honest.call(input).narrow(1, 0, classes));
        using var classifier = new Classifier(network, classes);
        var recipe = TinyRun.Recipe(("evaluate.final", JsonNode.Parse(final))).Value;
        return MaskingChecks.Run(classifier, recipe.EvaluationPlan.WithChecks(20), images, "data", parts)
            .First(result => result.Name == "classes");
    }
}
