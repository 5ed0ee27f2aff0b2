using Trainer.Robustness.Models;

namespace Trainer.Engine.Data;

/// <summary>Labelled images, all of them in one tensor on the device.</summary>
/// <param name="Images">UInt8 [N, C, H, W].</param>
/// <param name="Labels">Int64 [N], from 0 to the number of classes less one.</param>
/// <param name="ClassNames">One name a class.</param>
public sealed record ImageData(Tensor Images, Tensor Labels, IReadOnlyList<string> ClassNames) : IDisposable
{
    /// <summary>The number of images N.</summary>
    public long Count => Labels.shape[0];

    /// <summary>The number of classes.</summary>
    public int Classes => ClassNames.Count;

    /// <summary>The share of the most frequent class, from 0 to 1. Reads every label.</summary>
    public double Majority
    {
        get
        {
            using var labels = Labels.cpu();
            return (double)labels.data<long>().ToArray().CountBy(label => label).Max(count => count.Value) / Count;
        }
    }

    /// <summary>The shape of one image.</summary>
    public ImageShape Shape => Images.shape is [_, var channels, var height, var width] ? new(channels, height, width)
        : throw new InvalidOperationException($"Found images of shape [{string.Join(", ", Images.shape)}], expected [N, C, H, W].");

    /// <summary>A batch.</summary>
    /// <param name="rows">Int64 [B], on the data's device.</param>
    /// <returns>Float32 [B, C, H, W] in [0, 1], each value the byte over 255, and int64 [B].</returns>
    public (Tensor Images, Tensor Labels) Batch(Tensor rows)
    {
        using var bytes = Images.index_select(0, rows);
        return (bytes.to(ScalarType.Float32).div_(255), Labels.index_select(0, rows));
    }

    /// <summary>Some of the images, in the order of <paramref name="rows"/>.</summary>
    /// <param name="rows">Int64 [M], on the data's device.</param>
    public ImageData Select(Tensor rows) => this with
    {
        Images = Images.index_select(0, rows).DetachFromDisposeScope(),
        Labels = Labels.index_select(0, rows).DetachFromDisposeScope(),
    };

    /// <summary>The same images on a device; disposes these where they had to move.</summary>
    public ImageData To(Device device) => this with
    {
        Images = Images.to(device, disposeAfter: true).DetachFromDisposeScope(),
        Labels = Labels.to(device, disposeAfter: true).DetachFromDisposeScope(),
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Dispose();
        Labels.Dispose();
    }
}
