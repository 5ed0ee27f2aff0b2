using Trainer.Engine.Data;
using Trainer.Recipes;
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

    /// <summary>Of threat model and evaluations.</summary>
    /// <param name="threat">The recipe's threat model.</param>
    /// <param name="evaluate">The evaluations.</param>
    /// <param name="shape">That of the images; null where it is not known yet.</param>
    internal static IEnumerable<RecipeConflict> Conflicts(
        ThreatModel threat, EvaluationOptions evaluate, ImageShape? shape = null)
    {
        var units = new ImageUnits(shape);
        return units.Within("threat", threat, threat.Norm).Concat(units.Within("evaluate", evaluate, threat.Norm));
    }

    /// <summary>Refuses radii and steps that are larger than the box of the images.</summary>
    /// <exception cref="TrainerException">There are such ones.</exception>
    public void Check(ImageShape shape) => Check(Conflicts(Threat, Evaluate, shape));

    /// <summary>Refuses what does not fit.</summary>
    /// <exception cref="TrainerException">Something does not.</exception>
    internal static void Check(IEnumerable<RecipeConflict> conflicts)
    {
        if (string.Join("; ", conflicts.Select(one => $"{one.Path}: {one.Problem}")) is { Length: > 0 } found)
            throw new TrainerException(ErrorKind.Recipe, $"{found}.");
    }
}
