using TorchSharp;
using TorchSharp.Modules;
using Trainer.Robustness.Native;

namespace Trainer.Robustness.Models;

/// <summary>
/// A convolution whose channels are padded to multiples of the processor's vectors by kernels of zeros, which are
/// dropped again: the same sums. Where libtorch's oneDNN computes other numbers of channels wrongly
/// (<see cref="OneDnn"/>), a network whose convolutions are all computed so keeps it. In bfloat16 it computes gradients
/// wrongly also where the input channels are fewer than 16.
/// </summary>
internal static class EvenChannels
{
    /// <summary>Whether a convolution needs it here.</summary>
    public static bool Fits(Conv2d convolution) =>
        convolution is { groups: 1, padding_type: null, weight.device_type: DeviceType.CPU }
        && Missing(convolution) is not (0, 0) && !OneDnn.IsDisabled && OneDnn.IsWrongHere;

    /// <param name="convolution">One that <see cref="Fits"/>.</param>
    /// <param name="images">Float [N, C, H, W].</param>
    /// <returns>Float [N, O, …].</returns>
    public static Tensor Convolve(Conv2d convolution, Tensor images)
    {
        using var scope = NewDisposeScope();
        var outputs = convolution.out_channels;
        var (inputs, missing) = Missing(convolution);
        var weight = nn.functional.pad(convolution.weight, [0, 0, 0, 0, 0, inputs, 0, missing]);
        var bias = convolution.bias is { } own ? nn.functional.pad(own, [0, missing]) : null;
        var padded = inputs == 0 ? images : nn.functional.pad(images, [0, 0, 0, 0, 0, inputs]);
        return nn.functional.conv2d(
            padded, weight, bias, convolution.stride, convolution.padding, convolution.dilation)
            .narrow(1, 0, outputs).MoveToOuterDisposeScope();
    }

    private static (long Inputs, long Outputs) Missing(Conv2d convolution) => (
        convolution.weight.dtype == ScalarType.BFloat16 ? OneDnn.MissingOutputs(convolution.in_channels)
        : OneDnn.MissingInputs(convolution.in_channels), OneDnn.MissingOutputs(convolution.out_channels));
}

/// <summary>A network that computes convolutions one by one, in the operations of its graph.</summary>
internal interface IEvenChannels
{
    /// <summary>Those that <see cref="EvenChannels"/> computes where it fits.</summary>
    IEnumerable<Conv2d> Convolutions { get; }
}
