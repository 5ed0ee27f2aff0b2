using Trainer.Engine.Data;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Recipes;
using Trainer.Recipes.Binding;
using Trainer.Robustness;
using Trainer.Robustness.Bounds;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation.Verification;

/// <summary>
/// Verifies images: of each that is classified correctly, a lower bound of the margins of all its admissible
/// perturbations.
/// </summary>
/// <param name="classifier">The network. Evaluated in evaluation mode and left in its own.</param>
/// <param name="threat">The adversary.</param>
/// <param name="method">How bounds are computed.</param>
public sealed class Verifier(Classifier classifier, ThreatModel threat, BoundMethod method)
{
    /// <summary>How many images a block of the ledger has.</summary>
    internal const int BlockSize = 100;

    /// <summary>What tables call the method.</summary>
    public static string Word(BoundMethod method) => RecipeValue.Word(method);

    /// <summary>Verifies some images.</summary>
    /// <param name="data">The images.</param>
    /// <param name="indices">The data-set index of each example.</param>
    /// <param name="control">How it is watched and stopped, and the processes that share the work.</param>
    /// <param name="ledger">Keeps each block; null for none. Of several processes the first alone has one.</param>
    /// <returns>In index order; null where a stop was requested. An example is broken where it is wrong.</returns>
    /// <exception cref="TrainerException">
    /// The network has layers without bounds, or computes logits outside of them.
    /// </exception>
    public VerificationResult? Run(
        ImageData data, IReadOnlyList<long> indices, EvaluationControl control, Ledger? ledger = null) =>
        new LedgerBlocks(Word(method), control, ledger).Run(
            indices, BlockSize, (number, block) => Compute(data, number, block)) is not { } examples
            ? null : new(threat, Word(method), examples) { Folder = ledger?.Folder };

    /// <summary>Refuses a network without bounds, before anything is computed.</summary>
    /// <exception cref="TrainerException">The network has layers without bounds.</exception>
    public static void Check(Classifier classifier)
    {
        // Training mode, in which weights are loaded, has no bounds of dropout.
        using var evaluation = classifier.InEvaluationMode();
        try
        {
            MarginBounds.Check(classifier);
        }
        catch (NotSupportedException exception)
        {
            throw new TrainerException(ErrorKind.Recipe, exception.Message, exception);
        }
    }

    private LedgerBlock Compute(ImageData data, int number, long[] indices)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var evaluation = classifier.InEvaluationMode();
        var (images, labels) = data.Batch(tensor(indices, device: data.Device));
        var predicted = classifier.Predict(images);
        var isRight = predicted.eq(labels);
        // An image that is misclassified as it is has nothing to verify.
        var rows = isRight.nonzero().flatten();
        var margins = zeros_like(labels, ScalarType.Float32);
        if (rows.shape[0] > 0)
            margins = margins.index_copy(0, rows, Lower(images.index_select(0, rows), labels.index_select(0, rows)));
        var (classes, truth, lower) = (predicted.cpu().data<long>(), labels.cpu().data<long>(),
            margins.cpu().data<float>());
        return new(0, Word(method), number, indices.Length, 0, [.. indices.Select((index, row) =>
            new LedgerExample(index, truth[row], classes[row],
                classes[row] == truth[row] ? null : EvaluationStage.Clean, Margin: 0 - lower[row]))]);
    }

    /// <summary>The least lower bound of each image's margins: float [N].</summary>
    /// <exception cref="TrainerException">
    /// The network has layers without bounds, or computes logits outside of them.
    /// </exception>
    internal Tensor Lower(Tensor images, Tensor labels)
    {
        try
        {
            return MarginBounds.Lower(classifier, images, labels, threat, method)
                .masked_fill(
                nn.functional.one_hot(labels, classifier.Classes).to(ScalarType.Bool), float.PositiveInfinity)
                .amin([1]);
        }
        catch (NotSupportedException exception)
        {
            throw new TrainerException(ErrorKind.Recipe, exception.Message, exception);
        }
    }
}
