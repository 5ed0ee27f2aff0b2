using System.Collections;
using Trainer.Recipes.Binding;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Models;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation;

/// <summary>
/// Finds radii and steps that are larger than the box [0, 1] of images, as those of pixels from 0 to 255 are.
/// </summary>
/// <param name="shape">That of the images; where it is null, only lengths in L∞ are judged.</param>
internal sealed class ImageUnits(ImageShape? shape = null)
{
    /// <summary>Of a radius.</summary>
    /// <param name="path">Its place in the recipe.</param>
    /// <param name="norm">Its norm.</param>
    /// <param name="epsilon">The radius.</param>
    public IEnumerable<RecipeConflict> OfRadius(string path, Norm norm, double epsilon) =>
        Of(path, norm, epsilon, "such as \"8/255\"");

    /// <summary>Of every radius and step within a block or component.</summary>
    /// <param name="path">Its place in the recipe.</param>
    /// <param name="block">What recipes can describe; other objects are passed over.</param>
    /// <param name="norm">The norm of its attacks, where none of its own is stated.</param>
    public IEnumerable<RecipeConflict> Within(string path, object block, Norm norm)
    {
        if (block is IAttack or IObjective && !block.GetType().IsDefined(typeof(ComponentAttribute), false))
            yield break;
        norm = block switch
        {
            ThreatModel threat => threat.Norm,
            TrainingThreat threat => threat.Norm,
            FinalEvaluation { Threat: { } threat } => threat.Norm,
            _ => norm,
        };
        foreach (var option in RecipeShape.Of(block.GetType()).Options)
        {
            var place = $"{path}.{option.Key}";
            var found = (block, option.Key, option.Get(block)) switch
            {
                (ThreatModel or TrainingThreat, "epsilon", double epsilon) => OfRadius(place, norm, epsilon),
                (IAttack, "stepSize", double step) => Of(place, norm, step, "such as \"2/255\""),
                (FgsmRs, "alpha", double step) => Of(place, norm, step, "such as \"10/255\""),
                // Adam's step is the same in each pixel, whatever the norm.
                (PgdAdam, "rate", double rate) => Of(place, Norm.Linf, rate, "such as 0.1"),
                (_, _, IEnumerable items and not string) =>
                    items.Cast<object>().SelectMany((item, index) => Inside($"{place}[{index}]", item, norm)),
                (_, _, { } value) => Inside(place, value, norm),
                _ => [],
            };
            foreach (var conflict in found)
                yield return conflict;
        }
    }

    private IEnumerable<RecipeConflict> Inside(string path, object value, Norm norm) =>
        RecipeValue.IsScalar(value.GetType()) ? [] : Within(path, value, norm);

    private IEnumerable<RecipeConflict> Of(string path, Norm norm, double length, string example)
    {
        var pixels = shape is { } known ? known.Channels * known.Height * known.Width : (long?)null;
        var largest = norm switch
        {
            Norm.Linf => 1,
            Norm.L2 => pixels is { } values ? Math.Sqrt(values) : double.PositiveInfinity,
            _ => pixels ?? double.PositiveInfinity,
        };
        if (length > largest)
            yield return new(path, FormattableString.Invariant($"found {length} for {RecipeValue.Word(norm)}, but ")
                + (norm == Norm.Linf ? $"pixels are in [0, 1], where 1 allows any image; expected at most 1, {example}"
                : FormattableString.Invariant(
                    $"images of {shape} in [0, 1] are at most {largest:G3} apart; expected at most that")));
    }
}
