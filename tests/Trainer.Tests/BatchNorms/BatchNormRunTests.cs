using System.Text.Json.Nodes;
using Trainer.Engine.Networks;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;
using Trainer.Tests.Training;

namespace Trainer.Tests.BatchNorms;

public sealed class BatchNormRunTests
{
    public static TheoryData<string, string> Policies => new()
    {
        { """{ "attack": "batch" }""", "float32" },
        { """{ "attack": "train" }""", "float32" },
        { """{ "attack": "batch" }""", "bfloat16" },
        { """{ "normalise": "joint" }""", "bfloat16" },
        { """{ "update": ["natural", "adversarial", "natural"] }""", "float32" },
        { """{ "sets": 2 }""", "bfloat16" },
        { """{ "sets": 2, "evaluate": "clean", "update": ["adversarial", "natural"] }""", "bfloat16" },
    };

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_run_that_crashed_equals_one_that_did_not(string block, string attackPrecision)
    {
        using var folder = new TemporaryFolder();
        var recipe = Recipe(block, attackPrecision);
        var (whole, broken) = (new TinyRun(folder.At("whole")), new TinyRun(folder.At("broken")));
        whole.Train(recipe);
        Assert.Throws<CrashException>(() => broken.Train(recipe, new Crash(3)));
        Assert.Throws<CrashException>(() => broken.Train(recipe, new Crash(7)));
        broken.Train(recipe);
        foreach (var (name, bytes) in whole.Tensors())
            Assert.True(bytes.AsSpan().SequenceEqual(broken.Tensors()[name]), $"{name} differs.");
        Assert.Equal(whole.Metrics(), broken.Metrics());
    }

    [Theory]
    [InlineData("eval", 0)]
    [InlineData("batch", 0)]
    [InlineData("train", 3)]
    public void Attacks_move_the_running_statistics_only_where_the_recipe_asks_for_it(string attack, long updates)
    {
        using var scope = NewDisposeScope();
        using var run = Run($$"""{ "attack": "{{attack}}" }""");
        var before = run.Model.Buffers.Values.clone();
        new TrainingStep(run).Perturb(FirstBatch(run));
        // TRADES: one forward for the clean probabilities, and two steps.
        Assert.All(Counters(run), counter => Assert.Equal(updates, counter));
        if (updates == 0)
            TensorAssert.Same(before, run.Model.Buffers.Values);
        else
            TensorAssert.Different(before, run.Model.Buffers.Values);
        Assert.All(run.Model.Network.Network.modules(), module => Assert.True(module.training));
    }

    [Fact]
    public void An_attack_through_batch_statistics_takes_the_whole_batch_at_once()
    {
        using var scope = NewDisposeScope();
        using var run = Run("""{ "attack": "batch" }""");
        run.UseThreads(2);
        var batch = FirstBatch(run);
        var found = new TrainingStep(run).Perturb(batch)!;
        TensorAssert.Same(run.Recipe.Objective.Perturb(batch)!, found);
        using var evaluated = Run("""{ "attack": "eval" }""");
        TensorAssert.Different(new TrainingStep(evaluated).Perturb(FirstBatch(evaluated))!, found);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "sets": 2, "evaluate": "clean" }""")]
    [InlineData("""{ "sets": 2, "evaluate": "adversarial" }""")]
    public void The_attack_network_in_bfloat16_has_parameters_and_statistics_of_the_set_that_is_attacked(string block)
    {
        using var scope = NewDisposeScope();
        using var run = Run(block, "bfloat16");
        using (no_grad())
        {
            run.Model.Parameters.Values.copy_(arange(run.Model.Parameters.Values.numel()) / 1000);
            foreach (var (_, buffer) in Attacked(run).named_buffers().Where(pair => pair.buffer.is_floating_point()))
                buffer.fill_(0.75);
        }
        run.Model.AttackNetwork.Refresh();
        var copy = run.Model.AttackNetwork.Classifier.Network;
        Assert.NotSame(Attacked(run), copy);
        foreach (var ((key, expected), (_, found)) in Attacked(run).named_parameters().Zip(copy.named_parameters()))
        {
            Assert.Equal(ScalarType.BFloat16, found.dtype);
            Assert.True(expected.to(ScalarType.BFloat16).eq(found).all().item<bool>(), key);
        }
        Assert.All(copy.named_buffers().Where(pair => pair.buffer.is_floating_point()), pair =>
            Assert.True(pair.buffer.eq(0.75).all().item<bool>(), pair.name));
    }

    [Fact]
    public void Two_sets_share_all_but_batch_norm_and_train_both()
    {
        using var scope = NewDisposeScope();
        using var run = Run("""{ "sets": 2 }""");
        var keys = run.Model.Parameters.Layout.Segments.Select(segment => segment.Key).ToList();
        Assert.Equal(
            ["second-set.bn1.weight", "second-set.bn1.bias", "second-set.bn2.weight", "second-set.bn2.bias"],
            keys[^4..]);
        var batch = FirstBatch(run);
        run.Recipe.Objective.Loss(batch, new TrainingStep(run).Perturb(batch)).Loss.backward();
        run.Model.Parameters.Verify();
        foreach (var segment in run.Model.Parameters.Layout.Segments.Where(segment =>
            segment.Key.EndsWith(".weight", StringComparison.Ordinal)))
            TensorAssert.Different(zeros(segment.Shape), segment.Of(run.Model.Parameters.Gradients));
        // Other rows give other statistics, and other gradients of the affine parameters.
        var places = run.Model.Parameters.Layout.Segments.ToDictionary(segment => segment.Key);
        TensorAssert.Different(
            places["bn1.bias"].Of(run.Model.Parameters.Gradients),
            places["second-set.bn1.bias"].Of(run.Model.Parameters.Gradients));
        TensorAssert.Different(
            run.Model.Network.Network.get_buffer("bn1.running_mean")!,
            ((BatchNormNetwork)run.Model.TrainingNetwork).Clean.Network.get_buffer("bn1.running_mean")!);
    }

    [Fact]
    public void Weights_are_perturbed_along_the_gradient_through_both_sets()
    {
        using var scope = NewDisposeScope();
        using var run = Run("""{ "sets": 2 }""");
        var batch = FirstBatch(run);
        var adversarial = new TrainingStep(run).Perturb(batch);
        run.Recipe.Objective.Loss(batch, adversarial).Loss.backward();
        var weight = run.Model.Parameters.Layout.Segments.Single(segment => segment.Key == "conv1.weight");
        var (before, gradient) = (weight.Of(run.Model.Parameters.Values).detach().clone(),
            weight.Of(run.Model.Parameters.Gradients).clone());
        var loss = new Awp { Objective = run.Recipe.Objective, Gamma = 0.1 }.Loss(batch, adversarial);
        TensorAssert.Close(
            before + 0.1 * before.norm() * gradient / gradient.norm(), weight.Of(run.Model.Parameters.Values), 1e-5);
        loss.AfterStep!();
        TensorAssert.Close(before, weight.Of(run.Model.Parameters.Values), 1e-6);
    }

    [Fact]
    public void A_checkpoint_holds_the_evaluated_set_under_the_usual_keys_and_the_other_beside_the_state()
    {
        using var folder = new TemporaryFolder();
        var (adversarial, clean) = (new TinyRun(folder.At("adversarial")), new TinyRun(folder.At("clean")));
        adversarial.Train(Recipe("""{ "sets": 2 }""", "float32"));
        clean.Train(Recipe("""{ "sets": 2, "evaluate": "clean" }""", "float32"));
        using var first = adversarial.Newest().OpenTensors("model");
        using var state = adversarial.Newest().OpenTensors("state");
        using var optimizer = adversarial.Newest().OpenTensors("optimizer");
        var run = TinyRun.Recipe(("model.type", "conv-small-bn")).Value;
        using var data = run.Data.Load([]);
        using var network = NetworkBuilder.Build(run.Model, run.Seed, data.Train, CPU, trainable: false);
        Assert.Empty(StateLoader.Compare(first, StateLoader.Tensors(network)));
        Assert.True(optimizer.Contains("second-set.bn1.weight.momentum_buffer"));

        // Which set is evaluated changes nothing else: the files hold the two sets the other way round.
        using var second = clean.Newest().OpenTensors("model");
        foreach (var key in (string[])["bn1.weight", "bn1.running_mean", "bn2.bias", "bn2.running_var"])
        {
            TensorAssert.Same(first.Read(key), ReadFrom(clean, "batchNorm." + key));
            TensorAssert.Same(second.Read(key), state.Read("batchNorm." + key));
            TensorAssert.Different(first.Read(key), second.Read(key));
        }
        TensorAssert.Same(first.Read("conv2.weight"), second.Read("conv2.weight"));
    }

    private static Tensor ReadFrom(TinyRun run, string key)
    {
        using var state = run.Newest().OpenTensors("state");
        return state.Read(key);
    }

    private static Module Attacked(TrainingRun run) =>
        ((BatchNormNetwork)run.Model.TrainingNetwork).Adversarial.Network;

    private static IEnumerable<long> Counters(TrainingRun run) =>
        run.Model.Network.Network.named_buffers().Where(pair => !pair.buffer.is_floating_point())
        .Select(pair => pair.buffer.item<long>());

    private static ResolvedRecipe<Recipe> Recipe(string block, string attackPrecision) => TinyRun.Recipe(
        ("model.type", "conv-small-bn"),
        ("objective", JsonNode.Parse("""{ "type": "trades", "beta": 6, "attack": { "type": "pgd", "steps": 2, "gaussianStart": 0.001 } }""")),
        ("batchNorm", JsonNode.Parse(block)),
        ("train.attackPrecision", attackPrecision));

    private static TrainingRun Run(string block, string attackPrecision = "float32")
    {
        var recipe = Recipe(block, attackPrecision).Value;
        return new(recipe, recipe.Data.Load([]), CPU);
    }

    private static TrainingBatch FirstBatch(TrainingRun run)
    {
        var (images, labels) = run.Data.Train.Batch(arange(16, ScalarType.Int64));
        return new TrainingStep(run).Batch(images, new(labels), RandomSource.ForBatch(run.Random.Key("test")));
    }

    private sealed class Crash(long step) : TrainingHook
    {
        public override void OnStep(TrainingRun run)
        {
            if (run.Position.Step == step)
                throw new CrashException();
        }
    }

    private sealed class CrashException : Exception;
}
