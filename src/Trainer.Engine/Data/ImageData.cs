using Trainer.Recipes;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Data;

/// <summary>
/// Labelled images, all of them in one tensor on the device. They are checked when they are made, so that nothing after
/// has to.
/// </summary>
/// <param name="Images">UInt8 [N, C, H, W].</param>
/// <param name="Labels">Int64 [N], from 0 to the number of classes less one.</param>
/// <param name="ClassNames">One name a class.</param>
public sealed record ImageData(Tensor Images, Tensor Labels, IReadOnlyList<string> ClassNames) : IDisposable
{
    /// <summary>UInt8 [N, C, H, W].</summary>
    /// <exception cref="TrainerException">They are something else.</exception>
    public Tensor Images { get; init; } = Images.dtype == ScalarType.Byte && Images.dim() == 4 ? Images
        : throw Fault($"images of {Describe(Images)}", "Byte [N, C, H, W], from 0 to 255");

    /// <summary>Int64 [N], from 0 to the number of classes less one.</summary>
    /// <exception cref="TrainerException">They are something else.</exception>
    public Tensor Labels { get; init; } = CheckLabels(Labels, Images.shape[0], ClassNames.Count);

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
        : throw new InvalidOperationException(
        $"Found images of shape [{string.Join(", ", Images.shape)}], expected [N, C, H, W].");

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

    private static Tensor CheckLabels(Tensor labels, long images, int classes)
    {
        if (labels.dtype != ScalarType.Int64 || !labels.shape.SequenceEqual([images]))
            throw Fault($"labels of {Describe(labels)}", $"Int64 [{images}], one for each image");
        if (images == 0)
            return labels;
        using var scope = NewDisposeScope();
        var (least, greatest) = (labels.min().item<long>(), labels.max().item<long>());
        return least >= 0 && greatest < classes ? labels
            : throw Fault($"labels from {least} to {greatest}", $"0 to {classes - 1} for {classes} classes");
    }

    private static string Describe(Tensor values) => $"{values.dtype} [{string.Join(", ", values.shape)}]";

    private static TrainerException Fault(string found, string expected) =>
        new(ErrorKind.Data,
        $"The data hold {found}, expected {expected}. Correct the files, or the data source that reads them.");
}
