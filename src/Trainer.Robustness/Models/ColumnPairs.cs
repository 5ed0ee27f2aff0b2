using TorchSharp;
using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>
/// A 4×4 convolution of stride 2 and padding 1, computed on the CPU with each pair of neighbouring columns as channels:
/// a kernel of 4×2 and stride (2, 1) over a view of the same memory. It is the same sum. libtorch finds the gradient of an
/// image of few channels, which is most of what an attack asks of a first layer, several times faster so.
/// </summary>
internal static class ColumnPairs
{
    /// <param name="convolution">Kernel 4, stride 2, padding 1, with a bias.</param>
    /// <param name="images">Float [N, C, H, W], H and W at least 2.</param>
    /// <returns>Float [N, O, H/2, W/2].</returns>
    public static Tensor Convolve(Conv2d convolution, Tensor images)
    {
        if (images.device_type != DeviceType.CPU)
            return convolution.call(images);
        using var scope = NewDisposeScope();
        var (n, channels, height, width) = (images.shape[0], images.shape[1], images.shape[2], images.shape[3]);
        var (rows, columns) = (height / 2 * 2 + 2, width / 2 * 2 + 2);
        // The last row or column of an odd size meets no kernel.
        var padded = nn.functional.pad(images, [1, columns - width - 1, 1, rows - height - 1]);
        var pairs = padded.permute(0, 2, 3, 1).reshape(n, rows, columns / 2, 2 * channels).permute(0, 3, 1, 2);
        var kernel = convolution.weight.permute(0, 2, 3, 1).reshape(-1, 4, 2, 2 * channels).permute(0, 3, 1, 2);
        return nn.functional.conv2d(pairs, kernel, convolution.bias, strides: [2, 1]).MoveToOuterDisposeScope();
    }
}
