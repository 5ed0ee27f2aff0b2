using TorchSharp;
using TorchSharp.Modules;
using Trainer.Robustness.Native;

namespace Trainer.Robustness.Models;

/// <summary>
/// A convolution whose channels are padded to multiples of the processor's vectors by kernels of zeros, which are
/// dropped again: the same sums. Where libtorch's oneDNN computes other numbers of channels wrongly
/// (<see cref="OneDnn"/>), a network whose convolutions are all computed so keeps it.
/// </summary>
internal static class EvenChannels
{
    /// <summary>Whether a convolution needs it here.</summary>
    public static bool Fits(Conv2d convolution) =>
        convolution is { groups: 1, padding_type: null, weight.device_type: DeviceType.CPU }
        && OneDnn.IsWrongFor(convolution.in_channels, convolution.out_channels);

    /// <param name="convolution">One that <see cref="Fits"/>.</param>
    /// <param name="images">Float [N, C, H, W].</param>
    /// <returns>Float [N, O, …].</returns>
    public static Tensor Convolve(Conv2d convolution, Tensor images)
    {
        using var scope = NewDisposeScope();
        var outputs = convolution.out_channels;
        var (missing, inputs) = (OneDnn.MissingOutputs(outputs), OneDnn.MissingInputs(convolution.in_channels));
        var weight = nn.functional.pad(convolution.weight, [0, 0, 0, 0, 0, inputs, 0, missing]);
        var bias = convolution.bias is { } own ? nn.functional.pad(own, [0, missing]) : null;
        var padded = inputs == 0 ? images : nn.functional.pad(images, [0, 0, 0, 0, 0, inputs]);
        return nn.functional.conv2d(
            padded, weight, bias, convolution.stride, convolution.padding, convolution.dilation)
            .narrow(1, 0, outputs).MoveToOuterDisposeScope();
    }
}

/// <summary>A network that computes convolutions one by one, in the operations of its graph.</summary>
internal interface IEvenChannels
{
    /// <summary>Those that <see cref="EvenChannels"/> computes where it fits.</summary>
    IEnumerable<Conv2d> Convolutions { get; }
}
