using System.Globalization;
using Trainer.Engine.Data;
using Trainer.Engine.Distributed;
using Trainer.Robustness;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Evaluation.Checks;

/// <summary>The checks that only look at a network's outputs on the images as they are.</summary>
/// <param name="classifier">In evaluation mode.</param>
/// <param name="key">Seeds the noise of the network's own, if it has any.</param>
/// <param name="control">How it is stopped, and the processes that share the blocks.</param>
internal sealed class OutputChecks(Classifier classifier, RandomKey key, EvaluationControl control)
{
    private const int Forwards = 5;
    private const double SameLogits = 1e-4;
    private const double SameSum = 1e-5;

    /// <summary>Runs the checks.</summary>
    /// <param name="data">The images.</param>
    /// <param name="blocks">Data-set indices, block by block.</param>
    /// <returns>The results; null where a stop was requested.</returns>
    /// <exception cref="NonFiniteLogitsException">Logits are NaN or infinite at some images.</exception>
    public IReadOnlyList<CheckResult>? Run(ImageData data, IReadOnlyList<long[]> blocks)
    {
        using var watch = new AutogradWatch(classifier.Network);
        var tasks = new SharedTasks<Outputs>(control.Processes)
        {
            Compute = block => Look(data, blocks[block], watch),
            StopRequested = control.StopRequested,
        };
        if (tasks.All(blocks.Count) is not { } found)
            return null;
        var (examples, nonFinite) = (blocks.Sum(block => block.LongLength), found.Sum(block => block.NonFinite));
        if (nonFinite > 0)
            throw new NonFiniteLogitsException(nonFinite, examples);
        return
        [
            Randomness(
                examples, found.Sum(block => block.ChangedClass), found.Select(block => block.Change).Prepend(0).Max()),
            Probabilities(found.All(block => block.AreProbabilities)), Autograd(found.Any(block => block.HasAutograd)),
        ];
    }

    private Outputs Look(ImageData data, long[] block, AutogradWatch watch)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (images, _) = data.Batch(tensor(block, device: data.Device));
        GlobalGenerators.Seed(key);
        var first = classifier.Logits(images);
        var others = Enumerable.Range(1, Forwards - 1).Select(_ => classifier.Logits(images)).ToList();
        var finite = others.Prepend(first).Select(logits => logits.isfinite().all(1))
            .Aggregate((all, one) => all.logical_and(one));
        var differs = others.Aggregate(
            zeros_like(first.argmax(1), ScalarType.Bool), (seen, other) =>
            seen.logical_or(other.argmax(1).ne(first.argmax(1))));
        return new(
            finite.logical_not().sum().item<long>(), differs.sum().item<long>(),
            others.Max(other => Difference(first, other)), AreProbabilities(first),
            first.requires_grad || watch.WasEnabled);
    }

    private static CheckResult Randomness(long examples, long changedClass, double change) => CheckResult.Of(
        "randomness", changedClass > 0 ? Math.Max(change, 1) : change, SameLogits,
        string.Create(
        CultureInfo.InvariantCulture, $"{Forwards} forward passes differ by up to {change:G2} in normalised logits, "
        + $"and in the class of {changedClass} of {examples} images (counted as 1 at the least)."),
        "The network draws random numbers at inference: an attack follows the noise of one pass and is judged by that "
        + "of another.",
        Recommendation.AutoAttackRand);

    private static CheckResult Probabilities(bool found) => CheckResult.Of(
        "probabilities", found ? 1 : 0, 0,
        found ? "The outputs are at least 0 and add up to 1: probabilities, not logits (value 1)."
        : "The outputs are no probabilities, which are at least 0 and add up to 1 (value 0).",
        "A softmax at the network's end squeezes the losses that attacks maximise. Take it out of the network, "
        + "or attack with a loss that does not change with scale.",
        Recommendation.ApgdTargeted);

    private static CheckResult Autograd(bool found) => CheckResult.Of(
        "autograd-in-forward", found ? 1 : 0, 0,
        found ? "The forward pass enables gradients, although the caller disabled them."
        : "The forward pass does not enable gradients.",
        "The forward pass computes gradients of its own, such as to clean its input: "
        + "attacks through it do not follow what it does.",
        Recommendation.Square);

    /// <summary>The largest distance between two passes over an image, each scaled to length 1.</summary>
    private static double Difference(Tensor one, Tensor other)
    {
        using var scope = NewDisposeScope();
        return (Unit(one) - Unit(other)).square().sum(1).sqrt().max().item<float>();
    }

    private static Tensor Unit(Tensor logits) => logits / (logits.square().sum(1, keepdim: true).sqrt() + 1e-10);

    private static bool AreProbabilities(Tensor logits) =>
        logits.min().item<float>() >= -SameSum && (logits.sum(1) - 1).abs().max()
        .item<float>() < SameSum * logits.shape[1];

    /// <summary>What a block's outputs are.</summary>
    private sealed record Outputs(
        long NonFinite, long ChangedClass, double Change, bool AreProbabilities, bool HasAutograd);

    /// <summary>
    /// Sees whether a forward pass enables gradients: at the entry of any module, where its caller disabled them. An
    /// attempt to compute gradients where that is impossible would end the process instead (torch.autograd.grad has no
    /// exception guard).
    /// </summary>
    private sealed class AutogradWatch : IDisposable
    {
        private readonly List<Action> removals = [];

        public AutogradWatch(Module network)
        {
            foreach (var module in network.modules().OfType<Module>())
                removals.Add(module.register_forward_pre_hook(_ => WasEnabled |= is_grad_enabled()).remove);
        }

        public bool WasEnabled { get; private set; }

        public void Dispose() => removals.ForEach(remove => remove());
    }
}
