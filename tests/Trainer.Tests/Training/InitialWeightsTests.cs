using System.Text.Json.Nodes;
using Trainer.Engine.Networks;
using Trainer.Engine.Storage.PyTorch;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Robustness.Models;

namespace Trainer.Tests.Training;

/// <summary>Training that begins with weights from elsewhere.</summary>
public sealed class InitialWeightsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("clean.pt")]
    [InlineData("clean.safetensors")]
    public void The_network_and_its_average_begin_with_the_weights_of_the_file(string name)
    {
        using var scope = NewDisposeScope();
        Write(name, classes: 2, value: 0.25);
        var average = JsonNode.Parse("""{ "type": "ema", "decay": 0.9 }""");
        using var run = Run(TinyRun.Recipe(("model", Model(name)), ("average", average)));
        foreach (var network in (Module[])[run.Model.Network.Network, run.Model.Average!.Classifier.Network])
            Assert.All(StateLoader.Tensors(network), item =>
                TensorAssert.Same(full_like(item.Tensor, 0.25).detach(), item.Tensor.detach()));
        Assert.Equal([$"Training begins with the weights of '{folder.At(name)}'."], run.Model.InitialNotes);
    }

    [Fact]
    public void A_new_head_begins_as_without_the_file_whatever_the_files_own()
    {
        using var scope = NewDisposeScope();
        Write("clean.pt", classes: 7, value: 0.25);
        using var plain = Run(TinyRun.Recipe());
        using var run = Run(TinyRun.Recipe(("model", Model("clean.pt", newHead: true))));
        var random = StateLoader.Tensors(plain.Model.Network.Network)
            .ToDictionary(item => item.Key, item => item.Tensor);
        Assert.Equal(["fc2.bias", "fc2.weight"], run.Model.Parameters.Head.Order());
        foreach (var (key, tensor) in StateLoader.Tensors(run.Model.Network.Network))
            TensorAssert.Same(
                run.Model.Parameters.Head.Contains(key) ? random[key].detach() : full_like(tensor, 0.25).detach(),
                tensor.detach());
    }

    [Fact]
    public void Weights_that_do_not_fit_or_are_missing_end_before_anything_is_created()
    {
        Write("clean.pt", classes: 7, value: 0.25);
        foreach (var (name, message) in ((string, string)[])
            [("clean.pt", "wrong shape: fc2.weight is Float32 [7, 100], expected Float32 [2, 100]"),
                ("none.pt", "Found nothing at ")])
        {
            var error = Assert.Throws<TrainerException>(
                () => new TinyRun(folder.At("run")).Train(TinyRun.Recipe(("model", Model(name)))));
            Assert.Equal(ErrorKind.Checkpoint, error.Kind);
            Assert.StartsWith("model.weights: ", error.Message, StringComparison.Ordinal);
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
            Assert.False(Directory.Exists(folder.At("run")));
        }
    }

    [Fact]
    public void Weights_for_images_of_another_normalisation_are_refused()
    {
        Write("clean.safetensors", classes: 2, value: 0.25, new() { ["mean"] = "[0.5]", ["std"] = "[0.25]" });
        var error = Assert.Throws<TrainerException>(
            () => new TinyRun(folder.At("run")).Train(TinyRun.Recipe(("model", Model("clean.safetensors")))));
        Assert.Equal(
            $"model.weights: '{folder.At("clean.safetensors")}' states that images are normalised by mean [0.5] and "
            + "deviation [0.25], and the network of the recipe takes them not normalised. State the same.",
            error.Message);
        Assert.False(Directory.Exists(folder.At("run")));
    }

    [Fact]
    public void A_resume_needs_no_file_and_refuses_another_one()
    {
        Write("clean.pt", classes: 2, value: 0.25);
        var run = new TinyRun(folder.At("run"));
        run.Train(Recipe(epochs: 1));
        var expected = run.Newest().State.InitialWeights;
        Assert.Equal(64, expected?.Length);

        Write("clean.pt", classes: 2, value: 0.5);
        Write("same.pt", classes: 2, value: 0.25);
        var changed = Assert.Throws<TrainerException>(() => run.Train(Recipe(epochs: 2)));
        Assert.Equal(ErrorKind.Checkpoint, changed.Kind);
        Assert.Contains("began with other weights: found ", changed.Message, StringComparison.Ordinal);
        Assert.Contains($"expected {expected} (SHA-256 of the file)", changed.Message, StringComparison.Ordinal);

        // The same weights at another place, and none at all.
        run.Train(Recipe(epochs: 2, "same.pt"));
        File.Delete(folder.At("clean.pt"));
        run.Train(Recipe(epochs: 3));
        Assert.Equal((18L, expected), (run.Newest().State.GlobalStep, run.Newest().State.InitialWeights));

        ResolvedRecipe<Recipe> Recipe(int epochs, string name = "clean.pt") => TinyRun.Recipe(
            ("model", Model(name)), ("evaluate.final", new JsonArray()), ("schedule", "constant"),
            ("train.epochs", epochs));
    }

    [Fact]
    public void A_resume_without_the_key_or_with_a_new_one_is_refused()
    {
        Write("clean.pt", classes: 2, value: 0.25);
        foreach (var (name, first, second) in ((string, JsonNode, JsonNode)[])
            [("with", Model("clean.pt"), "conv-small"), ("without", "conv-small", Model("clean.pt"))])
        {
            var run = new TinyRun(folder.At(name));
            run.Train(Recipe(first, 2));
            Assert.Contains("began with other weights", Assert.Throws<TrainerException>(
                () => run.Train(Recipe(second, 4))).Message, StringComparison.Ordinal);
        }

        static ResolvedRecipe<Recipe> Recipe(JsonNode model, int steps) => TinyRun.Recipe(
            ("model", model), ("evaluate.final", new JsonArray()), ("schedule", "constant"), ("train.maxSteps", steps));
    }

    [Fact]
    public void The_checkpoint_of_a_run_may_be_the_beginning_of_another()
    {
        using var scope = NewDisposeScope();
        var clean = new TinyRun(folder.At("clean"));
        clean.Train(TinyRun.Recipe(("train.maxSteps", 2), ("evaluate.final", new JsonArray())));
        using var run = Run(TinyRun.Recipe(("model", Model("clean"))));
        using var saved = clean.Newest().OpenTensors("model");
        foreach (var (key, tensor) in StateLoader.Tensors(run.Model.Network.Network))
            TensorAssert.Same(saved.Read(key), tensor.detach());
    }

    [Theory]
    [InlineData("""{ "type": "conv-small", "newHead": true }""", "model.newHead: found true, but no weights are named")]
    [InlineData("""{ "type": "conv-small", "weightsKey": "net" }""",
        "model.weightsKey: found \"net\", but no weights are named")]
    public void Options_of_weights_without_weights_are_refused(string model, string message) => Assert.Contains(
        message, Assert.Throws<TrainerException>(() => TinyRun.Recipe(("model", JsonNode.Parse(model)))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_factor_of_the_old_layers_needs_a_new_head()
    {
        var optimizer = JsonNode.Parse("""{ "type": "sgd", "learningRate": 0.1, "bodyLearningRateFactor": 0.1 }""")!;
        Assert.Contains(
            "optimizer.bodyLearningRateFactor: found a factor other than 1, but there is no new head",
            Assert.Throws<TrainerException>(() => TinyRun.Recipe(
                ("model", Model("clean.pt")), ("optimizer", optimizer.DeepClone()))).Message, StringComparison.Ordinal);
        TinyRun.Recipe(("model", Model("clean.pt", newHead: true)), ("optimizer", optimizer));
    }

    private JsonObject Model(string name, bool newHead = false) => new()
    {
        ["type"] = "conv-small",
        ["weights"] = folder.At(name),
        ["newHead"] = newHead,
    };

    private static TrainingRun Run(ResolvedRecipe<Recipe> recipe) =>
        new(recipe.Value, recipe.Value.Data.Load([]), CPU);

    private void Write(string name, int classes, double value, Dictionary<string, string>? metadata = null)
    {
        using var scope = NewDisposeScope();
        using var network = new ConvSmall().Build(new(1, 8, 8), classes);
        var state = StateLoader.Tensors(network)
            .Select(item => (item.Key, full_like(item.Tensor, value).detach())).ToList();
        if (name.EndsWith(".pt", StringComparison.Ordinal))
            TorchFileWriter.Write(folder.At(name), state, new Dictionary<string, string>());
        else
            SafetensorsWriter.Write(folder.At(name), state, metadata ?? []);
    }
}
