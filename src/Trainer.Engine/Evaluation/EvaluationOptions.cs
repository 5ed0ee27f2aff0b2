using Trainer.Engine.Checkpoints;
using Trainer.Engine.Evaluation.Certification;
using Trainer.Engine.Evaluation.Verification;
using Trainer.Engine.Weights;
using Trainer.Recipes.Binding;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;

namespace Trainer.Engine.Evaluation;

/// <summary>How clean and robust accuracy are measured.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Epochs between measurements on the held-out images; the last epoch always has one.</summary>
    [AtLeast(1)] public int EveryEpochs { get; init => field = Require.AtLeast(1, value); } = 1;

    /// <summary>Held-out images that each measurement uses: a subset fixed by the seed, the same every time.</summary>
    [AtLeast(1)] public int Examples { get; init => field = Require.AtLeast(1, value); } = 1000;

    /// <summary>An image counts as robust if it survives each of them; by default PGD-20 on the margin.</summary>
    public IReadOnlyList<IAttack> Attacks { get; init; } = [new Pgd { Steps = 20, Loss = AttackLossKind.Margin }];

    /// <summary>
    /// Measurements on the test images at the end, for the best and the last checkpoint; by default PGD-40 on the
    /// margin, first 1,000 images. Empty for none: then nothing is measured on them but what checks and the report ask
    /// for.
    /// </summary>
    [MayChangeAtResume]
    public IReadOnlyList<FinalEvaluation> Final { get; init; } =
        [new() { Attack = new Pgd { Steps = 40, Loss = AttackLossKind.Margin } }];

    /// <summary>Images that are attacked at once.</summary>
    [AtLeast(1)] public int BatchSize { get; init => field = Require.AtLeast(1, value); } = 250;

    /// <summary>How many of the first test images the final masking checks look at; 0 or null for none.</summary>
    [AtLeast(0), MayChangeAtResume] public int? Checks { get; init => field = Require.AtLeast(0, value); } = 50;

    /// <summary>
    /// Epochs, counted from 1, after which all held-out images are measured besides the subset, whatever everyEpochs
    /// is; null for none.
    /// </summary>
    [AtLeast(1)] public IReadOnlyList<int> Milestones { get; init => field = Require.AtLeast(1, value); } = [];

    /// <summary>
    /// Also certifies the smoothed network on held-out images, as often as they are measured; null for not at all.
    /// </summary>
    public ValidationCertificates? Certify { get; init; }

    /// <summary>
    /// Also verifies held-out images by bounds, as often as they are measured; null for not at all.
    /// </summary>
    public ValidationBounds? Verify { get; init; }

    /// <summary>Why runs cannot be compared by a metric, and what to add: "found …"; null where they can.</summary>
    public string? Lacks(MonitoredMetric metric) => metric switch
    {
        MonitoredMetric.ValidationCertified when Certify is null =>
            Unmeasured(metric, "certified", "\"certify\": { \"sigma\": 0.25 }"),
        MonitoredMetric.ValidationVerified when Verify is null => Unmeasured(metric, "verified", "\"verify\": {}"),
        _ => null,
    };

    /// <summary>
    /// Which weights are measured, and so selected; null for the averaged ones where the recipe has an average.
    /// </summary>
    public WeightsChoice? Weights { get; init; }

    private static string Unmeasured(MonitoredMetric metric, string done, string option) =>
        $"found \"{RecipeValue.Word(metric)}\", but nothing is {done} after an epoch; add {option} to evaluate, or "
        + "expected \"validation.robust\"";
}
