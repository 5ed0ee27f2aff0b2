using Trainer.Recipes;
using Trainer.Recipes.Binding;
using Trainer.Recipes.Parsing;

namespace Trainer.Engine.Training;

/// <summary>What a run allows to change when it is resumed.</summary>
public static class ResumeRules
{
    private static readonly string[] Free =
    [
        .. RecipeShape.Of(typeof(Recipe)).MayChangeAtResume, "data.stream",
        .. RecipeShape.Of(typeof(Recipe)).PassedThrough,
    ];

    extension(RecipeDifference difference)
    {
        /// <summary>Whether a run may be continued with this changed, whatever its schedule.</summary>
        public bool IsFree => Free.Any(path => IsIn(difference, path));

        /// <summary>Whether it is of what is measured at the end.</summary>
        public bool IsMeasurement => difference.IsFree && IsIn(difference, "evaluate");

        /// <summary>
        /// Whether this is the run's length, which may change where the schedule does not depend on it.
        /// </summary>
        public bool IsLength => difference.Path is "train.epochs" or "train.maxSteps";

        /// <summary>Whether this is of what runs of one experiment draw at random: the seed, and a subset.</summary>
        public bool IsDraw => IsIn(difference, "seed") || IsIn(difference, "data.subset");

        /// <summary>Whether this decides which images come in which step of an epoch.</summary>
        public bool IsOrder => IsIn(difference, "seed")
            || IsIn(difference, "train.batchSize") || IsIn(difference, "train.lastBatch")
            || (IsIn(difference, "data") && !IsIn(difference, "data.augment") && !IsIn(difference, "data.path"));
    }

    private static bool IsIn(RecipeDifference difference, string outer) => RecipePath.IsWithin(difference.Path, outer);
}
