using TorchSharp;
using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>
/// A 2×2 max-pooling of stride 2 on the CPU: libtorch's own values and gradients. libtorch 2.10 computes each window by
/// itself unless channels lie next to each other. Without a gradient the maxima of four slices take a tenth of its
/// time; with one, images brought to channels-last half of it (32 channels of 24×24, one core of an AMD EPYC).
/// </summary>
internal static class MaxPooling
{
    /// <summary>Whether a pooling is of this kind.</summary>
    public static bool Fits(MaxPool2d pooling) =>
        pooling is { ceil_mode: false, kernel_size: [2] or [2, 2], stride: null or [2] or [2, 2] }
        && pooling is { padding: null or [0] or [0, 0], dilation: null or [1] or [1, 1] };

    /// <param name="pooling">One that <see cref="Fits"/>.</param>
    /// <param name="images">Float [N, C, H, W], H and W at least 2.</param>
    /// <returns>Float [N, C, H/2, W/2].</returns>
    public static Tensor Pool(MaxPool2d pooling, Tensor images)
    {
        if (images.device_type != DeviceType.CPU)
            return pooling.call(images);
        using var scope = NewDisposeScope();
        var pooled = images.requires_grad && is_grad_enabled()
            ? pooling.call(images.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)).contiguous()
            : Maxima(images);
        return pooled.MoveToOuterDisposeScope();
    }

    private static Tensor Maxima(Tensor images)
    {
        // The last row or column of an odd size is in no window.
        var (rows, columns) = (images.shape[2] / 2 * 2, images.shape[3] / 2 * 2);
        var (even, odd) = (images.slice(2, 0, rows, 2), images.slice(2, 1, rows, 2));
        return maximum(
            maximum(even.slice(3, 0, columns, 2), even.slice(3, 1, columns, 2)),
            maximum(odd.slice(3, 0, columns, 2), odd.slice(3, 1, columns, 2)));
    }
}
