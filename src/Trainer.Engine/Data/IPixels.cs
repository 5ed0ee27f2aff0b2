using Trainer.Robustness.Models;

namespace Trainer.Engine.Data;

/// <summary>The pixels of a data set's images: all of them in memory, or decoded whenever they are needed.</summary>
internal interface IPixels : IDisposable
{
    /// <summary>The number of images N.</summary>
    long Count { get; }

    /// <summary>The shape of one image.</summary>
    ImageShape Shape { get; }

    /// <summary>Where the images of <see cref="Rows"/> are.</summary>
    Device Device { get; }

    /// <summary>Whether the images are decoded whenever they are needed.</summary>
    bool IsStreamed { get; }

    /// <summary>Some of the images.</summary>
    /// <param name="rows">Int64 [B], on the device.</param>
    /// <returns>UInt8 [B, C, H, W] on the device.</returns>
    Tensor Rows(Tensor rows);

    /// <summary>The images of an epoch, whose order is known before.</summary>
    /// <param name="rowsFrom">The rows of a step and of all steps after it; any thread may enumerate them.</param>
    IEpochPixels Epoch(Func<long, IEnumerable<long>> rowsFrom);

    /// <summary>The pixels of some images, which outlive the current dispose scope.</summary>
    /// <param name="rows">Int64 [M], on the device.</param>
    IPixels Select(Tensor rows);

    /// <summary>The same pixels on a device; disposes these where they had to move.</summary>
    IPixels To(Device device);

    /// <summary>Lets them outlive the current dispose scope.</summary>
    void Keep();

    /// <summary>All values in their order, some at a time.</summary>
    void ForEachPiece(Action<ReadOnlySpan<byte>> action);
}

/// <summary>The pixels of the images of an epoch's steps.</summary>
internal interface IEpochPixels : IDisposable
{
    /// <summary>The images of a step; asked for again, the same.</summary>
    /// <param name="step">From 0. Steps out of their order cost what was decoded ahead.</param>
    /// <param name="rows">Int64 [B], on the device: the rows of the step.</param>
    /// <returns>UInt8 [B, C, H, W] on the device, for the caller to dispose.</returns>
    Tensor Step(long step, Tensor rows);
}
