namespace Trainer.Robustness.Models;

/// <summary>
/// The operations of networks, on values of some kind: tensors in a forward pass, the names of values in an ONNX file,
/// nodes of a graph that bounds go through.
/// </summary>
/// <typeparam name="T">A value: images, hidden values or logits of a batch.</typeparam>
public interface IOperations<T>
{
    /// <summary>
    /// A layer: Conv2d, Linear, BatchNorm1d, BatchNorm2d, MaxPool2d, ReLU, Dropout, a Sequential of such, or an
    /// <see cref="INetworkGraph"/>.
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
}
