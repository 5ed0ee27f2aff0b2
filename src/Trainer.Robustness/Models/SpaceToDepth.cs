using TorchSharp;
using TorchSharp.Modules;
using Trainer.Robustness.Native;

namespace Trainer.Robustness.Models;

/// <summary>
/// A 4×4 convolution of stride 2 and padding 1, computed on the CPU as a 2×2 convolution of stride 1 over the image
/// whose 2×2 blocks have become channels. It is the same sum. libtorch 2.10 finds the gradient of a small network's
/// input in seven eighths of the time so (conv-small, one core of an AMD EPYC).
/// </summary>
internal static class SpaceToDepth
{
    /// <summary>
    /// Whether a convolution is one of kernel 4, stride 2 and padding 1, with a bias, and oneDNN is right for the
    /// channels that it has then.
    /// </summary>
    public static bool Fits(Conv2d convolution) =>
        convolution.kernel_size is [4, 4] && convolution.stride is [2, 2] && convolution.padding is [1, 1]
        && convolution.dilation is [1, 1] && convolution is { groups: 1, bias: not null, padding_type: null }
        && !OneDnn.IsWrongFor(4 * convolution.in_channels, convolution.out_channels);

    /// <param name="convolution">One that <see cref="Fits"/>.</param>
    /// <param name="images">Float [N, C, H, W], H and W at least 2.</param>
    /// <returns>Float [N, O, H/2, W/2].</returns>
    public static Tensor Convolve(Conv2d convolution, Tensor images)
    {
        if (images.device_type != DeviceType.CPU)
            return convolution.call(images);
        using var scope = NewDisposeScope();
        var (height, width) = (images.shape[2], images.shape[3]);
        var (rows, columns) = (height / 2 * 2 + 2, width / 2 * 2 + 2);
        // The last row or column of an odd size meets no kernel.
        var padded = nn.functional.pad(images, [1, columns - width - 1, 1, rows - height - 1]);
        return nn.functional.conv2d(BlocksAsChannels(padded), BlocksAsChannels(convolution.weight), convolution.bias)
            .MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The transposed convolution: what a gradient of the outputs, or the coefficients of linear functions of them,
    /// become at the inputs. To one channel it takes a quarter of the time of libtorch's own.
    /// </summary>
    /// <param name="convolution">One that <see cref="Fits"/>.</param>
    /// <param name="outputs">Float [N, O, H/2, W/2].</param>
    /// <returns>Float [N, C, H, W], H and W even.</returns>
    public static Tensor Transpose(Conv2d convolution, Tensor outputs)
    {
        if (outputs.device_type != DeviceType.CPU)
            return nn.functional.conv_transpose2d(outputs, convolution.weight, null, [2, 2], [1, 1]);
        using var scope = NewDisposeScope();
        var (n, rows, columns) = (outputs.shape[0], outputs.shape[2] + 1, outputs.shape[3] + 1);
        var blocks = Blocks(outputs, BlocksAsChannels(convolution.weight)).permute(0, 2, 3, 1);
        return blocks.reshape(n, rows, columns, 2, blocks.shape[3] / 2).transpose(2, 3)
            .reshape(n, 2 * rows, 2 * columns, -1).permute(0, 3, 1, 2)
            .narrow(2, 1, (2 * rows) - 2).narrow(3, 1, (2 * columns) - 2).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>As a convolution it takes half the time, but oneDNN may be wrong for the gradient of one.</summary>
    private static Tensor Blocks(Tensor outputs, Tensor weight) => outputs.requires_grad && is_grad_enabled()
        ? nn.functional.conv_transpose2d(outputs, weight)
        : nn.functional.conv2d(outputs, weight.flip(2, 3).transpose(0, 1).contiguous(), padding: [1, 1]);

    /// <summary>
    /// Each 2×2 block becomes the channels of one pixel: [N, C, H, W] to [N, 4C, H/2, W/2], channels-last.
    /// </summary>
    private static Tensor BlocksAsChannels(Tensor values)
    {
        var (n, channels, rows, columns) = (values.shape[0], values.shape[1], values.shape[2] / 2, values.shape[3] / 2);
        return values.permute(0, 2, 3, 1).reshape(n, rows, 2, columns, 2 * channels).transpose(2, 3)
            .reshape(n, rows, columns, 4 * channels).permute(0, 3, 1, 2);
    }
}
