using Trainer.Engine.Checkpoints;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Networks;
using Trainer.Engine.Training;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Robustness.Components;
using Trainer.Robustness.Models;

namespace Trainer.Reports.Comparison;

/// <summary>Which of a run's evaluations are of its best checkpoint, and which of its last.</summary>
internal static class CheckpointEvaluations
{
    /// <summary>The evaluations under "best" and "last", of those that the run has.</summary>
    /// <param name="run">The run.</param>
    /// <param name="evaluations">Its finished evaluations, or all that it has.</param>
    /// <param name="name">Its name, for warnings.</param>
    /// <param name="registry">The components that its recipe may name.</param>
    /// <param name="warn">Takes why there are none.</param>
    public static Dictionary<string, IReadOnlyList<EvaluationRecord>> Of(
        RunRecord run, IReadOnlyList<EvaluationRecord> evaluations, string name, ComponentRegistry registry,
        Action<string> warn)
    {
        var found = new Dictionary<string, IReadOnlyList<EvaluationRecord>>();
        try
        {
            var store = new CheckpointStore(run.Folder, new(), _ => { });
            string? seen = null;
            foreach (var (key, checkpoint) in new[] { ("best", store.FindBest(_ => { })),
                ("last", store.FindNewest(_ => { })) })
            {
                if (checkpoint is null)
                    continue;
                var (weights, network) = Measured(checkpoint, registry);
                // Those of earlier versions do not name the network.
                found[key] = weights == seen ? found["best"]
                    : [.. evaluations.Where(
                    evaluation =>
                    evaluation.Identity.Weights == weights && (evaluation.Identity.Network ?? network) == network
                    && evaluation.HasAttack)];
                seen = weights;
            }
            if (found.Count == 0)
                warn($"{name} has no checkpoint, so its evaluations cannot be distinguished: "
                    + "no comparison of single examples.");
        }
        catch (TrainerException exception)
        {
            warn($"No comparison of {name}'s single examples: {exception.Message}");
        }
        return found;
    }

    /// <summary>The names of a checkpoint's measured weights and network in ledgers.</summary>
    private static (string Weights, string Network) Measured(Checkpoint checkpoint, ComponentRegistry registry)
    {
        using var scope = NewDisposeScope();
        var recipe = RecipeLoader.FromText<Recipe>(checkpoint.State.Recipe.ToJsonString(), checkpoint.Path, registry)
            .Value;
        using var tensors = checkpoint.OpenTensors(recipe.MeasuredWeights);
        long[] sides = [.. (tensors.Metadata.GetValueOrDefault(WeightsDescription.ImageKey) ?? "").Split('x')
            .Select(side => long.TryParse(side, out var length) ? length : 0)];
        if (sides is not [> 0, > 0, > 0]
            || !int.TryParse(tensors.Metadata.GetValueOrDefault(WeightsDescription.ClassesKey), out var classes))
            throw new TrainerException(ErrorKind.Checkpoint, $"'{tensors.Path}' does not state what images it takes.");
        using var network = recipe.Model.Build(new ImageShape(sides[0], sides[1], sides[2]), classes);
        StateLoader.Load(tensors, network);
        return (WeightsHash.Of(network), LedgerIdentity.Describe(recipe.Model));
    }
}
