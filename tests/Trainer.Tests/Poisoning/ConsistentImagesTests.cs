using System.Text.Json.Nodes;
using TorchSharp;
using Trainer.Engine.Data.Poisoning;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Engine.Training.Perturbations;
using Trainer.Robustness.Threats;
using Trainer.Tests.Training;

namespace Trainer.Tests.Poisoning;

/// <summary>
/// Label-consistent perturbations against a linear network of three classes, with the logits 0, z₁ and z₂. All images
/// that are perturbed are of class 0, so the gradient of their loss is p₁ w₁ + p₂ w₂: where the weights of a pixel are
/// opposite, its sign is that of the likelier of the two classes.
/// </summary>
public sealed class ConsistentImagesTests : IDisposable
{
    private static readonly byte[][] Images =
    [
        [50, 50, 50, 50, 50, 50, 50, 50, 50], // Of class 1.
        [100, 100, 250, 5, 100, 0, 77, 77, 77],
        [93, 100, 100, 100, 100, 0, 77, 77, 77],
        [60, 60, 60, 60, 60, 60, 60, 60, 60], // Of class 2.
        [84, 100, 100, 100, 100, 255, 77, 77, 77],
    ];

    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void The_loss_is_ascended_in_steps_of_one_and_a_half_times_epsilon_over_their_number()
    {
        // By default ε is 16 levels: four steps of 6. Class 1 overtakes class 2 in the first image after one step, in
        // the second after two, and in the last never. There the second pixel turns back.
        var (found, accuracy) = Perturb(new() { Target = 0, Rate = 0.6, Steps = 4, AllCorners = false });
        Assert.Equal([116, 100 + 6 - 18, 255, 0, 116, 0, 77, 77, 77], found[0]);
        Assert.Equal([109, 100 + 12 - 12, 116, 84, 116, 0, 77, 77, 77], found[1]);
        Assert.Equal([100, 116, 116, 84, 116, 239, 77, 77, 77], found[2]);
        // The network still recognises the last image alone.
        Assert.Equal(1 / 3.0, accuracy, 1e-12);
    }

    [Fact]
    public void The_threat_model_of_the_recipe_bounds_the_perturbation()
    {
        // Four steps of 9 levels, cut at 24.
        var (found, _) = Perturb(new()
        {
            Target = 0,
            Rate = 0.6,
            Steps = 4,
            AllCorners = false,
            Threat = new ThreatModel { Norm = Norm.Linf, Epsilon = 24 / 255.0 },
        });
        Assert.Equal([124, 100 + 9 - 27, 255, 0, 124, 0, 77, 77, 77], found[0]);
        Assert.Equal([117, 100 + 18 - 18, 124, 76, 124, 0, 77, 77, 77], found[1]);
    }

    private (List<byte[]> Found, double Accuracy) Perturb(LabelConsistent poison)
    {
        foreach (var name in (string[])["train", "test"])
            SafetensorsWriter.Write(
                folder.At(name), [("images", tensor(Images.SelectMany(image => image).ToArray())
                    .reshape(Images.Length, 1, 3, 3)), ("labels", tensor(new long[] { 1, 0, 0, 2, 0 }))],
                new Dictionary<string, string>());
        // z₁ − z₂ is 1000 · first pixel − 2 · second pixel − 102.6 / 0.255, above 0 from 103 levels of the first
        // pixel on: 3, 10 or 19 more than the images have.
        var weight = tensor(new float[,]
        {
            { 0, 0, 0, 0, 0, 0, 0, 0, 0 }, { 1000, -1, 1, -1, 1, -5, 0, 0, 0 }, { 0, 1, 1, -1, 1, -5, 0, 0, 0 },
        });
        var source = SavedLinear.Write(folder.At("weights"), weight, tensor(new[] { 0, -102.6f / 0.255f, 0 }));
        var recipe = TinyRun.Recipe(("data", JsonNode.Parse($$"""
            { "type": "safetensors", "train": "{{folder.At("train")}}", "test": "{{folder.At("test")}}", "classes": 3 }
            """))).Value with
        { Model = new TinyArchitecture(new float[3, 9]) };
        using var data = recipe.Data.Load([]);
        using var saved = new SavedClassifier(source, recipe.EvaluationPlan, data, CPU);
        var progress = new List<(long, long)>();
        var accuracy = new ConsistentImages(poison, saved).Write(
            data, folder.At("perturbed"), (done, of) => progress.Add((done, of)));
        Assert.Equal([(3, 3)], progress);
        using var file = SafetensorsFile.Open(folder.At("perturbed"));
        var (rows, images) = (file.Read("rows").data<long>().ToArray(), file.Read("images"));
        Assert.Equal([1L, 2, 4], rows.Order());
        return (
            [.. rows.Order().Select(row => images[Array.IndexOf(rows, row)].data<byte>().ToArray())], accuracy);
    }
}
