using Trainer.Engine.Data;
using Trainer.Robustness.Components;
using Trainer.Robustness.Models;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation;

/// <summary>What an evaluation measures, and how: the blocks of a recipe that concern it.</summary>
public sealed record EvaluationPlan : ICrossChecked
{
    /// <summary>The data set whose test images are attacked.</summary>
    public required IDataSource Data { get; init; }

    /// <summary>The network's architecture.</summary>
    public required IArchitecture Model { get; init; }

    /// <summary>The admissible perturbations, where a final evaluation has none of its own.</summary>
    public required ThreatModel Threat { get; init; }

    /// <summary>
    /// The evaluations, which of a checkpoint's weights they measure, and the size of their blocks.
    /// </summary>
    public EvaluationOptions Evaluate { get; init; } = new();

    /// <summary>The evaluation's random draws are a function of it.</summary>
    public long Seed { get; init; }

    /// <summary>"auto" (a GPU where there is one), "cpu", "cuda" or "cuda:1".</summary>
    public string Device { get; init; } = "auto";

    /// <summary>The plan with another number of images for the masking checks.</summary>
    public EvaluationPlan WithChecks(int? images) => this with { Evaluate = Evaluate with { Checks = images } };

    /// <inheritdoc/>
    public IEnumerable<RecipeConflict> Conflicts() => Conflicts(Threat, Evaluate);

    internal static IEnumerable<RecipeConflict> Conflicts(ThreatModel stated, EvaluationOptions evaluate)
    {
        foreach (var (path, threat) in Threats(stated, evaluate))
            foreach (var conflict in Conflicts(path, threat))
                yield return conflict;
    }

    /// <summary>Of a radius.</summary>
    /// <param name="path">Its place in the recipe.</param>
    /// <param name="threat">Whose it is.</param>
    internal static IEnumerable<RecipeConflict> Conflicts(string path, ThreatModel? threat)
    {
        if (threat is { Norm: Norm.Linf, Epsilon: > 1 })
        {
            yield return new(path, FormattableString.Invariant(
                $"found {threat.Epsilon} for linf, but pixels are in [0, 1], where 1 allows any image; ")
                + "expected at most 1, such as \"8/255\"");
        }
    }

    /// <summary>Every threat model, by the place of its radius.</summary>
    private static IEnumerable<(string Path, ThreatModel? Threat)> Threats(
        ThreatModel threat, EvaluationOptions evaluate) =>
        evaluate.Final.Select((final, index) => ($"evaluate.final[{index}].threat.epsilon", final.Threat))
            .Prepend(("threat.epsilon", threat));
}
