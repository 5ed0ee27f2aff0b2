using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>
/// The operations of networks, on values of some kind: tensors in a forward pass, the names of values in an ONNX file,
/// nodes of a graph that bounds go through.
/// </summary>
/// <typeparam name="T">A value: images, hidden values or logits of a batch.</typeparam>
public interface IOperations<T>
{
    /// <summary>
    /// A layer: Conv2d, Linear, BatchNorm1d, BatchNorm2d, LayerNorm, MaxPool2d, AvgPool2d, ReLU, Flatten, Dropout,
    /// DropPath, Identity, a Sequential of such, or an <see cref="INetworkGraph"/>. LayerNorm has no bounds.
    /// </summary>
    T Apply(Module layer, T input);

    /// <summary>The nonlinearity of a value that nothing else needs: its memory may be used again.</summary>
    T Activate(Activation activation, T input);

    /// <summary>The mean over the pixels: [N, C, H, W] to [N, C].</summary>
    T AveragePool(T input);

    /// <summary>[N, …] to [N, D].</summary>
    T Flatten(T input);

    /// <summary>Appends columns and rows of zeros at the right and at the bottom of [N, C, H, W].</summary>
    T Pad(T input, long right, long bottom);

    /// <summary>The sum of a value that nothing else needs, whose memory may be used again, and another one.</summary>
    T Add(T sum, T other);

    /// <summary>
    /// Layers that work on the last dimension, on the channels of each pixel: [N, C, H, W] to [N, D, H, W].
    /// </summary>
    /// <param name="input">The feature maps.</param>
    /// <param name="compute">From [N, H, W, C] to [N, H, W, D].</param>
    T OverChannels(T input, Func<T, T> compute);

    /// <summary>A value times a factor for each place of its last dimension.</summary>
    /// <param name="input">[N, …, C].</param>
    /// <param name="factor">[C].</param>
    T Scale(T input, Parameter factor);

    /// <summary>A tensor that is the same for all images: [1, …].</summary>
    /// <param name="input">A value of the same forward pass, whose device and dtype it is to have.</param>
    /// <param name="make">Makes it on a device.</param>
    T Constant(T input, Func<Device, Tensor> make);

    /// <summary>
    /// The pixels as a sequence, after the class token, each with its position added: [N, C, H, W] to [N, 1 + H·W, C].
    /// </summary>
    /// <param name="input">The feature maps.</param>
    /// <param name="classToken">[1, 1, C].</param>
    /// <param name="positions">[1, 1 + H·W, C]; null for none.</param>
    T Tokens(T input, Parameter classToken, Parameter? positions);

    /// <summary>
    /// Scaled dot-product attention (Vaswani et al. 2017, arXiv:1706.03762) in several heads: [N, L, 3C] to [N, L, C].
    /// </summary>
    /// <param name="projections">Queries, keys and values, each with its heads beside each other.</param>
    /// <param name="heads">How many heads there are.</param>
    T Attend(T projections, long heads);

    /// <summary>Scaled dot-product attention of one token to a sequence, in several heads.</summary>
    /// <param name="query">[N, C].</param>
    /// <param name="keys">[N, L, C].</param>
    /// <param name="values">[N, L, C].</param>
    /// <param name="heads">How many heads there are, beside each other in the channels.</param>
    /// <returns>[N, C].</returns>
    T AttendFrom(T query, T keys, T values, long heads);

    /// <summary>
    /// Cross-covariance attention (El-Nouby et al. 2021, arXiv:2106.09681): in each head the channels attend to each
    /// other, by the cosine of query and key over the pixels times a temperature. [N, H, W, 3C] to [N, H, W, C].
    /// </summary>
    /// <param name="projections">Queries, keys and values, each with its heads beside each other.</param>
    /// <param name="temperature">[heads, 1, 1].</param>
    T AttendOverChannels(T projections, Parameter temperature);

    /// <summary>The first of a sequence: [N, L, C] to [N, C].</summary>
    T First(T tokens);

    /// <summary>A sequence with another first token: [N, L, C] and [N, C] to [N, L, C].</summary>
    T WithFirst(T tokens, T first);
}
