using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Tests.Training;

namespace Trainer.Tests.Evaluation.Checks;

public sealed class AutoAttackChecksTests
{
    [Fact]
    public void AutoAttack_tells_what_its_public_code_tells()
    {
        using var honest = Patterns.Network();
        using var rounded = new MaskedNetwork(input => honest.call((input * 7).round() / 7));
        Assert.Collection(
            Findings(rounded),
            finding => Assert.StartsWith("zero-gradient: ", finding, StringComparison.Ordinal),
            finding => Assert.StartsWith("zero-gradient-dlr: ", finding, StringComparison.Ordinal),
            finding => Assert.StartsWith("Square, which sees no gradient, misclassifies", finding,
                StringComparison.Ordinal));
        Assert.Empty(Findings(honest));

        IReadOnlyList<string> Findings(Module network)
        {
            using var alone = new BatchWorkers(CPU, threads: 1);
            using var classifier = new Classifier(network, 4);
            var final = new FinalEvaluation { Attack = new AutoAttack(), Examples = 40 };
            var plan = TinyRun.Recipe(("threat.epsilon", 0.2)).Value.EvaluationPlan;
            plan = plan with { Evaluate = plan.Evaluate with { Final = [final] } };
            using var data = new DataSplits(
                Patterns.Images(1), Patterns.Images(1), Patterns.Images(40), "patterns");
            return new FinalEvaluator(classifier, plan, data, alone).Run("best").Single().Result.Findings;
        }
    }
}
