using Trainer.Engine.Devices;
using Trainer.Robustness;

namespace Trainer.Engine.Training;

/// <summary>
/// Training's own forwards and backwards, part of a batch by part, for networks whose rows are independent. A loss is made of
/// the logits of all rows, which are leaves of its graph; from the gradient at them each part goes on by itself.
/// </summary>
/// <param name="classifier">The network in training.</param>
/// <param name="parts">The threads, as they are when a batch comes.</param>
internal sealed class DividedPass(Classifier classifier, Func<BatchParts> parts)
{
    private readonly List<(Tensor Logits, IReadOnlyList<Tensor> Parts)> forwards = [];

    /// <summary>Whether a batch is divided: not where there is one part, or its images take a gradient themselves.</summary>
    /// <param name="images">Float [N, C, H, W].</param>
    public bool Divides(Tensor images) => !images.requires_grad && parts().Count(images.shape[0]) > 1;

    /// <summary>The logits of a batch.</summary>
    /// <param name="images">Float32 [N, C, H, W].</param>
    /// <returns>Float32 [N, K].</returns>
    public Tensor Forward(Tensor images)
    {
        var made = parts().Divide(images.shape[0], (_, first, count) => classifier.Logits(images.narrow(0, first, count)).DetachFromDisposeScope());
        var logits = Leaf(made);
        forwards.Add((logits, made));
        return logits.alias();
    }

    /// <summary>Adds a loss's gradients to those of the parameters.</summary>
    /// <param name="loss">Float32 [], made of the logits of the forwards since the last gradients.</param>
    public void Backward(Tensor loss)
    {
        loss.backward();
        List<Tensor> leaves = [.. classifier.Network.parameters()];
        TakeOn(forwards.ConvertAll(forward => (Tensor?)forward.Logits.grad), leaves, (leaf, gradient) => leaves[leaf].grad!.add_(gradient));
    }

    /// <summary>A loss's gradients at some of the parameters.</summary>
    /// <param name="loss">Float32 [], made of the logits of the forwards since the last gradients.</param>
    /// <param name="leaves">Parameters.</param>
    /// <returns>One for each leaf, invalid where the loss does not depend on it.</returns>
    public IReadOnlyList<Tensor> Gradients(Tensor loss, IReadOnlyList<Tensor> leaves)
    {
        List<Tensor> logits = forwards.ConvertAll(forward => forward.Logits);
        var found = autograd.grad([loss], [.. logits, .. leaves], allow_unused: true);
        var sums = found.Skip(logits.Count).ToArray();
        TakeOn([.. found.Take(logits.Count)], leaves, (leaf, gradient) => sums[leaf] = sums[leaf].IsInvalid ? gradient.alias() : sums[leaf] + gradient);
        return sums;
    }

    /// <summary>Takes the gradients at the logits on to the leaves; the parts' are added in order, so that the sums are always the same.</summary>
    private void TakeOn(IReadOnlyList<Tensor?> gradients, IReadOnlyList<Tensor> leaves, Action<int, Tensor> add)
    {
        foreach (var ((logits, made), gradient) in forwards.Zip(gradients))
        {
            if (gradient is { IsInvalid: false })
            {
                var found = parts().Divide(logits.shape[0], (part, first, count) => OfPart(made[part], leaves, gradient.narrow(0, first, count)));
                using var noGrad = no_grad();
                foreach (var (leaf, ofLeaf) in found.SelectMany(part => part.Index()))
                {
                    if (!ofLeaf.IsInvalid)
                        add(leaf, ofLeaf);
                    ofLeaf.Dispose();
                }
            }
            foreach (var tensor in made.Prepend(logits))
                tensor.Dispose();
        }
        forwards.Clear();
    }

    private static Tensor Leaf(IEnumerable<Tensor> parts)
    {
        using var noGrad = no_grad();
        return cat([.. parts], 0).requires_grad_().DetachFromDisposeScope();
    }

    private static List<Tensor> OfPart(Tensor logits, IEnumerable<Tensor> leaves, Tensor gradient) =>
        [.. autograd.grad([logits], [.. leaves], [gradient], allow_unused: true).Select(found => found.DetachFromDisposeScope())];
}
