using Trainer.Engine.Data;
using Trainer.Recipes;

namespace Trainer.Engine.Evaluation;

/// <summary>Warns where more images are asked for than there are: all of them are used then.</summary>
public static class Shortage
{
    /// <summary>A sentence for people; null where there are enough.</summary>
    /// <param name="name">The key or option that asks.</param>
    /// <param name="asked">How many images it asks for.</param>
    /// <param name="available">How many there are.</param>
    /// <param name="what">What one of them is: "test image".</param>
    public static string? Of(string name, long asked, long available, string what) =>
        asked > available ? $"{name}: found {asked}, but there {(available == 1 ? "is" : "are")} "
            + $"{Quantity.Of(available, what)}; all {available} are used" : null;

    /// <summary>The shortages of the final evaluations.</summary>
    public static IEnumerable<string> OfFinal(EvaluationPlan plan, DataSplits data) => plan.Evaluate.Final
        .Select((final, index) =>
        Of($"evaluate.final[{index}].examples", final.Examples, data.Test.Count, "test image")).OfType<string>();

    /// <summary>The shortages of everything that a training run measures.</summary>
    public static IEnumerable<string> OfTraining(EvaluationPlan plan, int reportExamples, DataSplits data)
    {
        // Without held-out images nothing is measured while it trains.
        var heldOut = data.Validation.Count == 0 ? null
            : Of("evaluate.examples", plan.Evaluate.Examples, data.Validation.Count, "held-out image");
        var certified = data.Validation.Count == 0 || plan.Evaluate.Certify is not { } certify ? null
            : Of("evaluate.certify.examples", certify.Examples, data.Validation.Count, "held-out image");
        var checks = Of("evaluate.checks", plan.Evaluate.Checks ?? 0, data.Test.Count, "test image");
        var report = Of("logging.reportExamples", reportExamples, data.Test.Count, "test image");
        return new[] { heldOut, certified, checks, report }.OfType<string>().Concat(OfFinal(plan, data));
    }
}
