using TorchSharp.Modules;
using Trainer.Engine.Networks;

namespace Trainer.Engine.Repair;

/// <summary>
/// Masks of a network's batch-norm channels, in [0, 1], that multiply their weights. Weights and biases of the layers
/// are set before each pass and keep their own values here; gradients of masks follow from theirs.
/// </summary>
internal sealed class NeuronMasks : IDisposable
{
    private const double Momentum = 0.9;
    private readonly IReadOnlyList<BatchNorm> layers;
    private readonly Tensor weights;
    private readonly Tensor biases;
    private readonly Tensor velocity;
    private readonly long[] counts;

    /// <param name="network">Has affine batch norm.</param>
    public NeuronMasks(Module network)
    {
        using var noGrad = no_grad();
        layers = Layers(network);
        counts = [.. layers.Select(layer => layer.weight!.shape[0])];
        // TorchSharp's cat of one tensor shares its memory.
        weights = cat([.. layers.Select(layer => layer.weight!.clone())], 0).DetachFromDisposeScope();
        biases = cat([.. layers.Select(layer => layer.bias!.clone())], 0).DetachFromDisposeScope();
        Values = ones_like(weights).DetachFromDisposeScope();
        velocity = zeros_like(weights).DetachFromDisposeScope();
    }

    /// <summary>The masks of all channels, in the order of the layers: float [M].</summary>
    public Tensor Values { get; }

    /// <summary>Batch norm with weights, in the order of the state dict.</summary>
    public static IReadOnlyList<BatchNorm> Layers(Module network) =>
        [.. BatchNormLayers.Of(network).Select(pair => pair.Layer).Where(layer => layer.weight is not null)];

    /// <summary>
    /// One step of the masks: noise of weights and biases ascends the loss from its start by one signed step of length
    /// ε, then masks descend α of the loss without noise and 1 − α of the loss with it.
    /// </summary>
    /// <param name="loss">Computes the loss with its graph: float [].</param>
    /// <param name="start">Float [2, M]: the noise of weights, relative to them, and of biases.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="alpha">α.</param>
    /// <param name="rate">The learning rate of masks.</param>
    public void Step(Func<Tensor> loss, Tensor start, double epsilon, double alpha, double rate)
    {
        using var scope = NewDisposeScope();
        var (first, firstBias) = Gradients(loss, start[0], start[1]);
        using var noGrad = no_grad();
        var (noise, biasNoise) = (start[0] + epsilon * first.sign(), start[1] + epsilon * firstBias.sign());
        var (robust, _) = Gradients(loss, noise, biasNoise);
        var (natural, _) = Gradients(loss, zeros_like(noise), zeros_like(noise));
        velocity.mul_(Momentum).add_(alpha * natural + (1 - alpha) * robust);
        Values.sub_(rate * velocity).clamp_(0, 1);
    }

    /// <summary>Sets the weights of channels to zero whose masks are no larger than a bound, and no others.</summary>
    /// <returns>How many.</returns>
    public long Prune(double threshold)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var pruned = Values <= threshold;
        Set(weights * pruned.logical_not(), biases);
        return pruned.sum().item<long>();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var own in (Tensor[])[weights, biases, Values, velocity])
            own.Dispose();
    }

    /// <summary>The loss's gradients to the noise of weights, which are those to masks, and of biases.</summary>
    private (Tensor Weights, Tensor Biases) Gradients(Func<Tensor> loss, Tensor noise, Tensor biasNoise)
    {
        using (no_grad())
        {
            Set(weights * (Values + noise), biases * (1 + biasNoise));
            foreach (var layer in layers)
            {
                layer.weight!.grad!.zero_();
                layer.bias!.grad!.zero_();
            }
        }
        using (enable_grad())
            loss().backward();
        using var noGrad = no_grad();
        return (
            cat([.. layers.Select(layer => layer.weight!.grad!)], 0) * weights,
            cat([.. layers.Select(layer => layer.bias!.grad!)], 0) * biases);
    }

    private void Set(Tensor weight, Tensor bias)
    {
        var first = 0L;
        foreach (var (layer, count) in layers.Zip(counts))
        {
            layer.weight!.copy_(weight.narrow(0, first, count));
            layer.bias!.copy_(bias.narrow(0, first, count));
            first += count;
        }
    }
}
