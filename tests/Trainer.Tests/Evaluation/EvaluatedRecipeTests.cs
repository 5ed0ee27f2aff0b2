using Trainer.Cli.Evaluation;
using Trainer.Engine;
using Trainer.Engine.Data;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Robustness.Models;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Evaluation;

/// <summary>
/// What weights alone are measured with: the line states network, data and threat model, and nothing else.
/// </summary>
public sealed class EvaluatedRecipeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_line_states_the_blocks_of_an_evaluation()
    {
        var plan = Resolve("evaluate.final=[]", "seed=7", "device=cpu");
        Assert.Equal(
            (new ConvSmall(), new Mnist { Path = folder.At("mnist") }.Path,
            new ThreatModel { Norm = Norm.L2, Epsilon = 0.5 }, 7, "cpu"),
            ((ConvSmall)plan.Model, ((Mnist)plan.Data).Path, plan.Threat, plan.Seed, plan.Device));
        Assert.Empty(plan.Evaluate.Final);
    }

    [Theory]
    [InlineData("train.epochs=3",
        "--set train.epochs: train: unknown key, expected one of data, model, threat, evaluate, seed, device.")]
    [InlineData("evaluate.batchSize=0", "--set evaluate.batchSize: found 0, expected a whole number of at least 1.")]
    [InlineData("threat.epsilon=1", "--threat and --set threat.epsilon=1 both state the threat model.")]
    [InlineData("""evaluate.final=[{"attack":"fgsm","threat":{"norm":"linf","epsilon":2}}]""", "found 2 for linf, but pixels are in [0, 1], where 1 allows any image; expected at most 1")]
    [InlineData("evaluate.weights=average", "evaluate.weights chooses among the weights of a checkpoint, and ")]
    public void Other_blocks_and_impossible_values_are_refused(string set, string message) =>
        Assert.Contains(message, Assert.Throws<TrainerException>(() => Resolve(set)).Message, StringComparison.Ordinal);

    private EvaluationPlan Resolve(params string[] set)
    {
        var path = folder.At("weights.safetensors");
        using (var weight = zeros(1))
            SafetensorsWriter.Write(path, [("weight", weight)], new Dictionary<string, string>());
        var stated = new EvaluatedRecipe(
            null, "conv-small", $$"""{"type":"mnist","path":"{{folder.At("mnist")}}"}""", """{"norm":"l2","epsilon":0.5}""", "auto");
        return stated.Resolve(WeightsSource.Find(path, _ => { }), set, [], BuiltInComponents.Registry());
    }
}
