using Trainer.Recipes;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Data;

/// <summary>
/// Labelled images: in memory, all of them in one tensor on the device, or decoded whenever they are needed. They are
/// checked when they are made, so that nothing after has to.
/// </summary>
public sealed class ImageData : IDisposable
{
    /// <summary>Images in memory.</summary>
    /// <param name="images">UInt8 [N, C, H, W].</param>
    /// <param name="labels">Int64 [N], from 0 to the number of classes less one.</param>
    /// <param name="classNames">One name a class.</param>
    /// <exception cref="TrainerException">They are not as described.</exception>
    public ImageData(Tensor images, Tensor labels, IReadOnlyList<string> classNames)
        : this(new TensorPixels(CheckImages(images)), labels, classNames)
    {
    }

    /// <summary>Images wherever they are.</summary>
    /// <param name="pixels">Of N images.</param>
    /// <param name="labels">Int64 [N], on the same device.</param>
    /// <param name="classNames">One name a class.</param>
    internal ImageData(IPixels pixels, Tensor labels, IReadOnlyList<string> classNames) =>
        (Pixels, Labels, ClassNames) = (pixels, CheckLabels(labels, pixels.Count, classNames.Count), classNames);

    /// <summary>UInt8 [N, C, H, W] on the device: all images, where they are in memory.</summary>
    /// <exception cref="InvalidOperationException">They are decoded whenever they are needed.</exception>
    public Tensor Images => Pixels is TensorPixels { Images: var images } ? images
        : throw new InvalidOperationException("Found images that are streamed, expected ones in memory. Use Batch.");

    /// <summary>Int64 [N] on the device, from 0 to the number of classes less one.</summary>
    public Tensor Labels { get; }

    /// <summary>One name a class.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The number of images N.</summary>
    public long Count => Labels.shape[0];

    /// <summary>The number of classes.</summary>
    public int Classes => ClassNames.Count;

    /// <summary>Where batches are.</summary>
    public Device Device => Pixels.Device;

    /// <summary>The shape of one image.</summary>
    public ImageShape Shape => Pixels.Shape;

    /// <summary>The share of the most frequent class, from 0 to 1. Reads every label.</summary>
    public double Majority
    {
        get
        {
            using var labels = Labels.cpu();
            return (double)labels.data<long>().ToArray().CountBy(label => label).Max(count => count.Value) / Count;
        }
    }

    /// <summary>Whether the images are decoded whenever they are needed.</summary>
    public bool IsStreamed => Pixels.IsStreamed;

    internal IPixels Pixels { get; }

    /// <summary>The length of all images in bytes.</summary>
    internal long Length => Count * Shape.Channels * Shape.Height * Shape.Width;

    /// <summary>A batch.</summary>
    /// <param name="rows">Int64 [B], on the data's device.</param>
    /// <returns>Float32 [B, C, H, W] in [0, 1], each value the byte over 255, and int64 [B].</returns>
    public (Tensor Images, Tensor Labels) Batch(Tensor rows)
    {
        using var bytes = Pixels.Rows(rows);
        return (bytes.to(ScalarType.Float32).div_(255), Labels.index_select(0, rows));
    }

    /// <summary>Some of the images, in the order of <paramref name="rows"/>.</summary>
    /// <param name="rows">Int64 [M], on the data's device.</param>
    public ImageData Select(Tensor rows) =>
        new(Pixels.Select(rows), Labels.index_select(0, rows).DetachFromDisposeScope(), ClassNames);

    /// <summary>The same images on a device; disposes these where they had to move.</summary>
    public ImageData To(Device device) => new(
        Pixels.To(device), Labels.to(device, disposeAfter: true).DetachFromDisposeScope(), ClassNames);

    /// <summary>Lets them outlive the current dispose scope.</summary>
    internal ImageData Keep()
    {
        Pixels.Keep();
        Labels.DetachFromDisposeScope();
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Pixels.Dispose();
        Labels.Dispose();
    }

    private static Tensor CheckImages(Tensor images) => images.dtype == ScalarType.Byte && images.dim() == 4 ? images
        : throw Fault($"images of {Describe(images)}", "Byte [N, C, H, W], from 0 to 255");

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
