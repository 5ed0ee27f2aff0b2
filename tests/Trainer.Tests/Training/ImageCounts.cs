using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Training;

/// <summary>Trains on clean images, and counts how often it saw each of them.</summary>
internal sealed record ImageCounts : IObjective
{
    /// <summary>By the bytes of an image.</summary>
    public Dictionary<string, int> Seen { get; } = [];

    public double Bound(ThreatModel threat) => 0;

    public Tensor? PerturbUnchecked(TrainingBatch batch) => null;

    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        foreach (var image in batch.Images.cpu().data<float>().ToArray()
            .Chunk((int)(batch.Images.numel() / batch.Images.shape[0])))
        {
            var key = string.Join(' ', image);
            Seen[key] = Seen.GetValueOrDefault(key) + 1;
        }
        return new Standard().LossUnchecked(batch, adversarial);
    }

    /// <summary>The recipe with this objective in the place of its own.</summary>
    public ResolvedRecipe<Recipe> In(ResolvedRecipe<Recipe> recipe) =>
        new(recipe.Value with { Objective = this }, recipe.Tree);
}
