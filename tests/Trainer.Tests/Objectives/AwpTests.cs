using System.Text.Json.Nodes;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Training;

namespace Trainer.Tests.Objectives;

public sealed class AwpTests
{
    private const string Inner = """{ "type": "pgd-at", "attack": { "type": "pgd", "steps": 2 } }""";

    [Fact]
    public void Weights_move_by_gamma_of_their_length_and_nothing_else_does()
    {
        using var scope = NewDisposeScope();
        using var run = Run("conv-small-bn", """ "gamma": 0.02 """);
        var before = run.Model.Network.Network.named_parameters()
            .ToDictionary(entry => entry.name, entry => entry.parameter.detach().clone());
        var loss = Loss(run);
        foreach (var (name, parameter) in run.Model.Network.Network.named_parameters())
        {
            var moved = (parameter - before[name]).norm().item<float>();
            // A batch norm's weight has rank 1.
            Assert.Equal(parameter.dim() > 1 ? 0.02 * before[name].norm().item<float>() : 0, moved, 1e-5);
        }
        loss.AfterStep!();
        Assert.All(run.Model.Network.Network.named_parameters(), entry =>
            TensorAssert.Close(before[entry.name], entry.parameter, 1e-6));
    }

    [Fact]
    public void A_failing_loss_leaves_the_weights_as_they_were()
    {
        using var scope = NewDisposeScope();
        using var run = Run("conv-small", """ "gamma": 0.02 """);
        var before = run.Model.Network.Network.parameters().Select(parameter => parameter.detach().clone()).ToList();
        var objective = new Awp { Objective = new FailingSecondTime(), Gamma = 0.02 };
        Assert.Throws<InvalidOperationException>(() => objective.Loss(Batch(run), null));
        foreach (var (expected, actual) in before.Zip(run.Model.Network.Network.parameters()))
            TensorAssert.Close(expected, actual, 1e-6);
    }

    [Fact]
    public void Running_statistics_are_updated_once_by_the_perturbed_weights()
    {
        using var scope = NewDisposeScope();
        using var plain = Run("conv-small-bn", """ "gamma": 0, "fromEpoch": 2 """);
        using var perturbed = Run("conv-small-bn", """ "gamma": 0 """);
        Loss(plain);
        Loss(perturbed).AfterStep!();
        foreach (var (expected, actual) in plain.Model.Network.Network.buffers()
            .Zip(perturbed.Model.Network.Network.buffers()))
            TensorAssert.Same(expected, actual);
    }

    [Fact]
    public void Before_its_first_epoch_it_is_the_objective_within()
    {
        using var scope = NewDisposeScope();
        using var run = Run("conv-small", """ "fromEpoch": 2 """);
        Assert.Null(Loss(run).AfterStep);
        Assert.NotNull(Loss(run, epoch: 2).AfterStep);
    }

    [Fact]
    public void A_beginning_after_the_end_of_the_run_is_a_warning()
    {
        var awp = new Awp { Objective = new Standard(), FromEpoch = 10 };
        Assert.Null(awp.Caution(10, 0));
        Assert.StartsWith("awp: weights are perturbed from epoch 10 on, and the run has 9", awp.Caution(9, 0),
            StringComparison.Ordinal);
        Assert.StartsWith("macer: the radius counts from epoch 11 on, and the run has 5",
            new Macer { Sigma = 0.25, FromEpoch = 11 }.Caution(5, 0), StringComparison.Ordinal);
    }

    [Fact]
    public void Awp_within_awp_is_a_fault_of_the_recipe()
    {
        var nested = JsonNode.Parse($$"""{ "type": "awp", "objective": { "type": "awp", "objective": {{Inner}} } }""");
        var error = Assert.Throws<TrainerException>(() => TinyRun.Recipe(("objective", nested)));
        Assert.Contains("objective.objective: found \"awp\" within \"awp\"", error.Message, StringComparison.Ordinal);
    }

    private static TrainingRun Run(string model, string options)
    {
        var recipe = TinyRun.Recipe(
            ("model", JsonNode.Parse($$"""{ "type": "{{model}}" }""")),
            ("train.attackPrecision", "float32"),
            ("objective", JsonNode.Parse($$"""{ "type": "awp", "objective": {{Inner}}, {{options}} }"""))).Value;
        return new(recipe, recipe.Data.Load([]), CPU);
    }

    private static TrainingBatch Batch(TrainingRun run)
    {
        var (images, labels) = run.Data.Train.Batch(arange(16, ScalarType.Int64));
        return new TrainingStep(run).Batch(images, new(labels), RandomSource.ForBatch(RandomKey.Of(1)));
    }

    private static ObjectiveLoss Loss(TrainingRun run, int? epoch = null)
    {
        var batch = Batch(run);
        if (epoch is { } number)
            batch = batch with { Epoch = number };
        return run.Recipe.Objective.Loss(batch, new TrainingStep(run).Perturb(batch));
    }

    private sealed record FailingSecondTime : IObjective
    {
        private int calls;

        public double Bound(ThreatModel threat) => 0;

        public Tensor? PerturbUnchecked(TrainingBatch batch) => null;

        public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial) => ++calls == 1
            ? new Standard().LossUnchecked(batch, adversarial) : throw new InvalidOperationException();
    }
}
