using Trainer.Engine.Data;
using Trainer.Engine.Distributed;
using Trainer.Robustness;
using Trainer.Robustness.Losses;

namespace Trainer.Engine.Evaluation.Checks;

/// <summary>
/// The checks that count images at which a loss has no gradient, of those that the network classifies correctly.
/// </summary>
/// <param name="classifier">In evaluation mode.</param>
/// <param name="control">How it is stopped, and the processes that share the blocks.</param>
internal sealed class GradientChecks(Classifier classifier, EvaluationControl control)
{
    private const string CrossEntropyName = "zero-gradient";
    private const string DlrName = "zero-gradient-dlr";
    private const double Most = 5;

    /// <summary>Runs the checks.</summary>
    /// <param name="data">The images.</param>
    /// <param name="blocks">Data-set indices, block by block.</param>
    /// <returns>The results; null where a stop was requested.</returns>
    public IReadOnlyList<CheckResult>? Run(ImageData data, IReadOnlyList<long[]> blocks)
    {
        var hasDlr = classifier.Classes >= TargetedDlrLoss.LeastClasses;
        var tasks = new SharedTasks<Counts>(control.Processes)
        {
            Compute = block => Count(data, blocks[block], hasDlr),
            StopRequested = control.StopRequested,
        };
        if (tasks.All(blocks.Count) is not { } counts)
            return null;
        var (examples, crossEntropy) = (counts.Sum(count => count.Examples), counts.Sum(count => count.CrossEntropy));
        var (margin, dlr) = (counts.Sum(count => count.Margin), counts.Sum(count => count.Dlr));
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
                    "The difference of logits ratio towards the most likely other class has no gradient at "
                    + $"{dlr} of {examples} images (value in per cent).",
                    "There AutoAttack's apgd-t makes no progress towards that class: attack without a gradient.",
                    Recommendation.Square)
                : CheckResult.NotApplicable(
                    DlrName, 0, $"The targeted difference of logits ratio needs {TargetedDlrLoss.LeastClasses} "
                    + $"classes, and there are {classifier.Classes}: apgd-t maximises the margin."),
        ];
    }

    internal const string NoneRight = "The network classifies none of the images correctly.";

    private Counts Count(ImageData data, long[] block, bool hasDlr)
    {
        using var scope = NewDisposeScope();
        var (all, truth) = data.Batch(tensor(block, device: data.Device));
        var right = classifier.PredictUnchecked(all).eq(truth).nonzero().squeeze(1);
        var (images, labels) = (all.index_select(0, right), truth.index_select(0, right));
        if (images.shape[0] == 0)
            return new(0, 0, 0, 0);
        return new(
            images.shape[0], Zero(new CrossEntropyLoss(labels), images), Zero(new MarginLoss(labels), images),
            hasDlr ? Zero(new TargetedDlrLoss(labels, MostLikelyOther(images, labels)), images) : 0);
    }

    private Tensor MostLikelyOther(Tensor images, Tensor labels)
    {
        using var noGrad = no_grad();
        var index = labels.unsqueeze(1);
        return classifier.Logits(images).scatter(1, index, full_like(index, float.NegativeInfinity, ScalarType.Float32))
            .argmax(1);
    }

    private long Zero(AttackLoss loss, Tensor images)
    {
        using var gradient = loss.Gradient(classifier, images);
        using var largest = gradient.abs().flatten(1).amax(1);
        return largest.eq(0).logical_or(largest.isnan()).sum().item<long>();
    }

    /// <summary>Of correctly classified images: how many, and at how many of them each loss has no gradient.</summary>
    private sealed record Counts(long Examples, long CrossEntropy, long Margin, long Dlr);
}
