using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Networks;
using Trainer.Engine.Storage.PyTorch;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Attacks;
using Trainer.Tests.Training;

namespace Trainer.Tests.Evaluation;

public sealed class TransferFromTests : IDisposable
{
    private static readonly ThreatModel Threat = new() { Norm = Norm.Linf, Epsilon = 0.1 };
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void From_its_own_weights_it_finds_what_the_attack_itself_finds_and_costs_as_much()
    {
        var run = new TinyRun(folder.At("run"));
        var recipe = TinyRun.Recipe();
        run.Train(recipe);
        using var data = recipe.Value.Data.Load([]);
        var source = WeightsSource.Find(run.Folder, _ => { });
        using var saved = new SavedClassifier(source, recipe.Value.EvaluationPlan, data, CPU);
        using var parts = new BatchWorkers(CPU, threads: 2);
        GlobalGenerators.Seed(RandomKey.Of(3));
        using var expected = rand(4);
        GlobalGenerators.Seed(RandomKey.Of(3));

        var alone = Run(new Fgsm());
        var transferred = Run(new TransferFrom { Source = run.Folder, Attack = new Fgsm() });
        using var drawn = rand(4);
        Assert.Equal(alone.Robust, transferred.Robust);
        Assert.Contains(false, alone.Robust);
        Assert.Equal("transfer-fgsm", transferred.Attack);
        Assert.Equal(alone.Stages[1].Backward, transferred.Stages[1].Backward);
        TensorAssert.Same(expected, drawn);

        EvaluationResult Run(IAttack attack) =>
            new RobustnessEvaluator(saved.Classifier, Threat, RandomKey.Of(1), 20, parts)
            .Run(data.Test, [.. Enumerable.Range(0, 40).Select(row => (long)row)], [attack])!;
    }

    [Fact]
    public void Weights_that_are_not_finite_are_refused_before_they_leave_every_image_as_it_is()
    {
        using var scope = NewDisposeScope();
        var (path, model) = (folder.At("nan.safetensors"), new ConvSmall());
        using var module = model.Build(new(1, 8, 8), 2);
        using (no_grad())
            module.parameters().Last().fill_(float.NaN);
        SafetensorsWriter.Write(path, StateLoader.Tensors(module), new Dictionary<string, string> { ["model"] = """{"type":"conv-small"}""" });
        using var network = model.Build(new(1, 8, 8), 2);
        using var classifier = new Classifier(network, 2);
        var error = Assert.Throws<TrainerException>(() =>
            new TransferFrom { Source = path, Attack = new Fgsm() }.Perturb(
            classifier, zeros(1, 1, 8, 8), new MarginLoss(tensor([0L])), Threat,
            RandomSource.ForBatch(RandomKey.Of(1))));
        Assert.Equal(ErrorKind.Checkpoint, error.Kind);
        Assert.StartsWith($"'{path}' has 2 values NaN or infinite in \"fc2.bias\"", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_PyTorch_are_those_of_the_network_that_the_attack_names()
    {
        using var scope = NewDisposeScope();
        var (path, model) = (folder.At("weights.pt"), new ConvSmall());
        using var module = model.Build(new(1, 8, 8), 2);
        TorchFileWriter.Write(path, StateLoader.Tensors(module), new Dictionary<string, string>());
        using var classifier = new Classifier(module, 2);
        var images = rand(4, 1, 8, 8);
        var loss = new MarginLoss(tensor([0L, 1, 0, 1]));
        Tensor Perturbed(IAttack attack) => attack.Perturb(
            classifier, images, loss, Threat, RandomSource.ForBatch(RandomKey.Of(1)));
        var transfer = new TransferFrom { Source = path, Model = model, Attack = new Fgsm() };
        TensorAssert.Same(Perturbed(new Fgsm()), Perturbed(transfer));
        Assert.NotEqual(transfer.Weights, (transfer with { Model = new ConvSmallBn() }).Weights);
        Assert.NotEqual(transfer, transfer with { WeightsKey = "net" });
    }

    [Fact]
    public void A_copy_with_another_source_or_attack_has_its_own_network_and_attack()
    {
        using var scope = NewDisposeScope();
        GlobalGenerators.Seed(RandomKey.Of(4));
        using var first = new ConvSmall().Build(new(1, 8, 8), 2);
        using var second = new ConvSmall().Build(new(1, 8, 8), 2);
        foreach (var (name, module) in (ReadOnlySpan<(string, Module)>)[("first.pt", first), ("second.pt", second)])
            TorchFileWriter.Write(folder.At(name), StateLoader.Tensors(module), new Dictionary<string, string>());
        using var classifier = new Classifier(first, 2);
        var images = rand(4, 1, 8, 8);
        Tensor Perturbed(IAttack attack) => attack.Perturb(
            classifier, images, new MarginLoss(tensor([0L, 1, 0, 1])), Threat, RandomSource.ForBatch(RandomKey.Of(1)));
        TransferFrom Of(string name, IAttack attack) =>
            new() { Source = folder.At(name), Model = new ConvSmall(), Attack = attack };
        var used = Of("first.pt", new Fgsm());
        var (images1, weights) = (Perturbed(used), used.Weights);
        var moved = used with { Source = folder.At("second.pt") };
        TensorAssert.Same(Perturbed(Of("second.pt", new Fgsm())), Perturbed(moved));
        TensorAssert.Different(images1, Perturbed(moved));
        Assert.NotEqual(weights, moved.Weights);
        TensorAssert.Same(Perturbed(Of("first.pt", new Bim())), Perturbed(used with { Attack = new Bim() }));
        Assert.Equal(weights, (used with { Attack = new Bim() }).Weights);
    }

    [Fact]
    public void Weights_that_are_missing_or_name_no_network_are_refused()
    {
        var missing = Assert.Throws<TrainerException>(() => new TransferFrom
        {
            Source = folder.At("none"),
            Attack = new Fgsm(),
        }.Weights);
        Assert.StartsWith("transfer.source: Found nothing at '", missing.Message, StringComparison.Ordinal);
        SafetensorsWriter.Write(folder.At("w.safetensors"), [("w", zeros(1))], new Dictionary<string, string>());
        using var network = new TinyNetwork(new float[,] { { 1 }, { 2 } });
        var alone = Assert.Throws<TrainerException>(() =>
            new TransferFrom { Source = folder.At("w.safetensors"), Attack = new Fgsm() }.Perturb(
            network.Classifier, zeros(1, 1, 1, 1), new MarginLoss(tensor([0L])), Threat,
            RandomSource.ForBatch(RandomKey.Of(1))));
        Assert.Contains(
            "holds weights alone; expected a run, a checkpoint, or a file that trainer export wrote", alone.Message,
            StringComparison.Ordinal);
        SafetensorsWriter.Write(
            folder.At("other.safetensors"), [("w", zeros(1))],
            new Dictionary<string, string> { ["image"] = "3x32x32" });
        var other = Assert.Throws<TrainerException>(() =>
            new TransferFrom
            {
                Source = folder.At("other.safetensors"),
                Attack = new Fgsm(),
            }.Perturb(network.Classifier, zeros(1, 1, 1, 1), new MarginLoss(tensor([0L])), Threat,
            RandomSource.ForBatch(RandomKey.Of(1))));
        Assert.Equal(
            $"transfer.source: '{folder.At("other.safetensors")}' states that it takes images of 3x32x32, "
            + "and the data's are 1x1x1. Name the data that it was trained for.", other.Message);
    }
}
