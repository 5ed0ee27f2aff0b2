using Trainer.Engine.Data;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Recipes.Binding;
using Trainer.Robustness;
using Trainer.Robustness.Bounds;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Evaluation.Verification;

/// <summary>
/// Verifies test images: of each that is classified correctly, the least margin that its admissible perturbations can
/// have, by bounds. A ledger keeps each block, so that a stopped verification resumes.
/// </summary>
/// <param name="classifier">The network. Left in its own mode.</param>
/// <param name="plan">Network, threat model and seed.</param>
/// <param name="data">Whose test images are verified.</param>
/// <param name="method">How bounds are computed.</param>
public sealed class Verifier(Classifier classifier, EvaluationPlan plan, DataSplits data, BoundMethod method)
{
    // Raise it with every change of the bounds.
    private const int Version = 1;
    private const int BlockSize = 100;

    /// <summary>What tables call the method.</summary>
    public static string Word(BoundMethod method) => RecipeValue.Word(method);

    /// <summary>Verifies the first test images.</summary>
    /// <param name="count">How many at most.</param>
    /// <param name="control">Where the ledger is kept, and what watches.</param>
    /// <returns>Null where a stop was requested.</returns>
    /// <exception cref="TrainerException">The network has layers without bounds.</exception>
    public VerificationResult? Run(int count, EvaluationControl control)
    {
        var indices = Enumerable.Range(0, (int)Math.Min(count, data.Test.Count)).Select(index => (long)index).ToArray();
        using var ledger = control.Folder is null ? null : Ledger.Open(control.Folder, Identity(indices), false);
        return new LedgerBlocks(Word(method), control, ledger).Run(indices, BlockSize, Compute) is not { } examples
            ? null : new(plan.Threat, Word(method), examples) { Folder = ledger?.Folder };
    }

    private LedgerIdentity Identity(long[] indices) => LedgerIdentity.Of(
        plan, (WeightsHash.Of(plan.Model, classifier.Network), data.TestFingerprint), [], indices,
        new RunRandom(plan.Seed).Key("verify"), data.Test.Device) with
    {
        Attacks = [$"bounds {Word(method)}, version {Version}"],
        BlockSize = BlockSize,
    };

    private LedgerBlock Compute(int number, long[] indices)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var evaluation = classifier.InEvaluationMode();
        var (images, labels) = data.Test.Batch(tensor(indices, device: data.Test.Device));
        var predicted = classifier.Predict(images);
        var isRight = predicted.eq(labels);
        // An image that is misclassified as it is has nothing to verify.
        var rows = isRight.nonzero().flatten();
        var margins = zeros_like(labels, ScalarType.Float32);
        if (rows.shape[0] > 0)
            margins = margins.index_copy(0, rows, Least(images.index_select(0, rows), labels.index_select(0, rows)));
        var (classes, truth, least) = (predicted.cpu().data<long>(), labels.cpu().data<long>(),
            margins.cpu().data<float>());
        return new(0, Word(method), number, indices.Length, 0, [.. indices.Select((index, row) =>
            new LedgerExample(index, truth[row], classes[row],
                classes[row] == truth[row] ? null : EvaluationStage.Clean, Margin: 0 - least[row]))]);
    }

    /// <summary>The least lower bound of each image's margins.</summary>
    private Tensor Least(Tensor images, Tensor labels)
    {
        try
        {
            return MarginBounds.Lower(classifier, images, labels, plan.Threat, method)
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
