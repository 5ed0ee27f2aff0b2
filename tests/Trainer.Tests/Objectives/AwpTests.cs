using System.Text.Json.Nodes;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;
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

    private static ObjectiveLoss Loss(TrainingRun run, int? epoch = null)
    {
        var (images, labels) = run.Data.Train.Batch(arange(16, ScalarType.Int64));
        var batch = new TrainingStep(run).Batch(images, new(labels), RandomSource.ForBatch(RandomKey.Of(1)));
        if (epoch is { } number)
            batch = batch with { Epoch = number };
        return run.Recipe.Objective.Loss(batch, new TrainingStep(run).Perturb(batch));
    }
}
