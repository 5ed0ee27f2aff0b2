using Trainer.Engine.Data;
using Trainer.Robustness;
using Trainer.Robustness.Losses;

namespace Trainer.Engine.Evaluation.Checks;

/// <summary>
/// The checks that count images at which a loss has no gradient, of those that the network classifies correctly.
/// </summary>
/// <param name="classifier">In evaluation mode.</param>
internal sealed class GradientChecks(Classifier classifier)
{
    private const string CrossEntropyName = "zero-gradient";
    private const string DlrName = "zero-gradient-dlr";
    private const double Most = 5;

    /// <summary>Runs the checks.</summary>
    /// <param name="data">The images.</param>
    /// <param name="blocks">Data-set indices, block by block.</param>
    public IReadOnlyList<CheckResult> Run(ImageData data, IReadOnlyList<long[]> blocks)
    {
        var hasDlr = classifier.Classes >= DlrLoss.LeastClasses;
        var (examples, crossEntropy, dlr, margin) = (0L, 0L, 0L, 0L);
        foreach (var block in blocks)
        {
            using var scope = NewDisposeScope();
            var (all, truth) = data.Batch(tensor(block, device: data.Device));
            var right = classifier.PredictUnchecked(all).eq(truth).nonzero().squeeze(1);
            var (images, labels) = (all.index_select(0, right), truth.index_select(0, right));
            if (images.shape[0] == 0)
                continue;
            examples += images.shape[0];
            crossEntropy += Zero(new CrossEntropyLoss(labels), images);
            margin += Zero(new MarginLoss(labels), images);
            dlr += hasDlr ? Zero(new DlrLoss(labels), images) : 0;
        }
        if (examples == 0)
            return [CheckResult.NotApplicable(CrossEntropyName, Most, NoneRight),
                CheckResult.NotApplicable(DlrName, 0, NoneRight)];
        // Where the margin still has a gradient, the cross-entropy has only run out of digits.
        var saturated = 100.0 * margin / examples <= Most;
        return
        [
            CheckResult.Of(CrossEntropyName, 100.0 * crossEntropy / examples, Most,
                $"The cross-entropy has no gradient at {crossEntropy} of {examples} images, "
                + $"the margin at {margin} (value in per cent).",
                saturated
                    ? "The network is so sure that the cross-entropy runs out of digits: "
                    + "attack the margin or a ratio of logits."
                    : "A layer has no gradient, so that attacks by the gradient make no progress: attack without one, "
                    + "or give the layer a substitute (SubstituteBackward).",
                saturated ? Recommendation.PgdOnMargin : Recommendation.Square),
            hasDlr
                ? CheckResult.Of(DlrName, 100.0 * dlr / examples, 0,
                    $"The difference of logits ratio has no gradient at {dlr} of {examples} images (value in per "
                    + "cent).",
                    "There AutoAttack's parts that follow it make no progress: attack without a gradient.",
                    Recommendation.Square)
                : CheckResult.NotApplicable(DlrName, 0, $"The difference of logits ratio needs {DlrLoss.LeastClasses} "
                + $"classes, and there are {classifier.Classes}."),
        ];
    }

    internal const string NoneRight = "The network classifies none of the images correctly.";

    private long Zero(AttackLoss loss, Tensor images)
    {
        using var gradient = loss.Gradient(classifier, images);
        using var largest = gradient.abs().flatten(1).amax(1);
        return largest.eq(0).logical_or(largest.isnan()).sum().item<long>();
    }
}
