using System.Text.Json.Nodes;
using TorchSharp;
using Trainer.Engine.Data.Poisoning;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Engine.Training;
using Trainer.Engine.Training.Perturbations;
using Trainer.Tests.Training;

namespace Trainer.Tests.Poisoning;

/// <summary>
/// Error-minimising noise against a linear network. Of two classes the gradient sign of the loss is that of the
/// difference of their weights, here (2, −1, 4, 3), for class 0, and its opposite for class 1, at every image.
/// </summary>
public sealed class ErrorMinimisingNoiseTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Noise_descends_the_loss_inside_ball_and_box()
    {
        // Three steps of 10 levels are cut at 25, and at the ends of the range.
        var (noisy, _, _) = Compute(
            [[100, 100, 5, 250], [100, 240, 240, 100]], [0, 1],
            new() { Epsilon = 25 / 255.0, StepSize = 10 / 255.0, Steps = 3, Rounds = 1 });
        Assert.Equal([75, 125, 0, 225], noisy[0]);
        Assert.Equal([125, 215, 255, 125], noisy[1]);
    }

    [Fact]
    public void Noise_of_a_class_is_the_mean_of_its_images()
    {
        // From 4 the first step reaches 0 and the second −10, from 100 they reach 80: −14 and −20 on the average −17.
        var (noisy, _, _) = Compute(
            [[4, 100, 100, 100], [100, 100, 100, 251], [100, 100, 100, 100]], [0, 1, 0],
            new() { ClassWise = true, Epsilon = 25 / 255.0, StepSize = 10 / 255.0, Steps = 2, Rounds = 1 });
        Assert.Equal([0, 120, 80, 80], noisy[0]);
        // Class 1 has one image, whose last value ends at 255.
        Assert.Equal([120, 80, 120, 255], noisy[1]);
        Assert.Equal([83, 120, 80, 80], noisy[2]);
    }

    [Theory]
    [InlineData(0.25, 9, new[] { 0.75, 0.5, 0.25 })] // No more than the bound is enough.
    [InlineData(0.2, 9, new[] { 0.75, 0.5, 0.25, 0 })]
    [InlineData(0.2, 2, new[] { 0.75, 0.5 })]
    public void Rounds_end_once_the_noisy_images_are_learnt(double stopError, int rounds, double[] errors)
    {
        // A step lowers the logit of class 1 by 10 · (2 + 1 + 4 + 3) levels, from 50, 150, 250 and 350.
        var (_, found, _) = Compute(
            [[100, 100, 100, 100], [100, 100, 125, 100], [100, 100, 150, 100], [100, 100, 175, 100]], [0, 0, 0, 0],
            new()
            {
                Epsilon = 50 / 255.0,
                StepSize = 10 / 255.0,
                Steps = 1,
                Rounds = rounds,
                StopError = stopError,
            }, bias: -750 / 255f);
        Assert.Equal(errors, found);
    }

    [Fact]
    public void The_network_trains_on_the_noisy_images()
    {
        // Of one image x of class 0, with p the probability of class 1, the difference w of weights falls by 2 p x.
        double[] image = [0.8, 0.4, 0.6, 0.2], noise = [-0.2, 0.2, -0.2, -0.2], weights = [2, -1, 4, 3];
        var bias = 0.0;
        foreach (var input in new[] { image, [.. image.Zip(noise, (value, change) => value + change)] })
        {
            var logit = bias + weights.Zip(input, (weight, value) => weight * value).Sum();
            var probability = 1 / (1 + Math.Exp(-logit));
            weights = [.. weights.Zip(input, (weight, value) => weight - 0.2 * probability * value)];
            bias -= 0.2 * probability;
        }
        var (_, _, found) = Compute(
            [[204, 102, 153, 51]], [0], new() { Epsilon = 0.2, StepSize = 0.2, Steps = 1, Rounds = 2, TrainSteps = 1 },
            learningRate: 0.1);
        TensorAssert.Close(tensor(weights), found, 1e-5);
    }

    /// <summary>The noisy images, the error of each round, and the difference of weights afterwards.</summary>
    private (byte[][] Noisy, List<double> Errors, Tensor Difference) Compute(
        byte[][] images, long[] labels, Unlearnable poison, float bias = 0, double learningRate = 1e-30)
    {
        foreach (var name in (string[])["train", "test"])
            SafetensorsWriter.Write(
                folder.At(name), [("images", tensor(images.SelectMany(image => image).ToArray())
                    .reshape(images.Length, 1, 2, 2)), ("labels", tensor(labels))], new Dictionary<string, string>());
        var recipe = TinyRun.Recipe(
            ("objective", JsonNode.Parse("""{ "type": "standard" }""")),
            ("optimizer", JsonNode.Parse(
                $$"""{ "type": "sgd", "learningRate": {{learningRate}}, "momentum": 0, "weightDecay": 0 }""")),
            ("train.batchSize", images.Length),
            ("data", JsonNode.Parse($$"""
                { "type": "safetensors", "train": "{{folder.At("train")}}", "test": "{{folder.At("test")}}",
                  "classes": 2 }
                """))).Value with
        { Model = new TinyArchitecture(new float[,] { { 0, 0, 0, 0 }, { 2, -1, 4, 3 } }, [0, bias]) };
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        var errors = new List<double>();
        new ErrorMinimisingNoise(poison, run).Write(folder.At("noisy"), (round, error) =>
        {
            errors.Add(error);
            Assert.Equal(errors.Count, round);
        });
        using var file = SafetensorsFile.Open(folder.At("noisy"));
        var noisy = file.Read("images");
        Assert.Equal(
            Enumerable.Range(0, images.Length).Select(row => (long)row), file.Read("rows").data<long>().ToArray());
        var weights = run.Model.Network.Network.named_parameters().Single(item => item.name == "linear.weight")
            .parameter;
        return ([.. Enumerable.Range(0, images.Length).Select(place => noisy[place].data<byte>().ToArray())], errors,
            (weights[1] - weights[0]).detach().to(ScalarType.Float64));
    }
}
