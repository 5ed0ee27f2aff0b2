using Trainer.Engine.Storage.Safetensors;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Data;

/// <summary>The pixels of images that are all in one tensor on the device.</summary>
/// <param name="Images">UInt8 [N, C, H, W].</param>
internal sealed record TensorPixels(Tensor Images) : IPixels
{
    public long Count => Images.shape[0];

    public ImageShape Shape => new(Images.shape[1], Images.shape[2], Images.shape[3]);

    public Device Device => Images.device;

    public bool IsStreamed => false;

    public Tensor Rows(Tensor rows) => Images.index_select(0, rows);

    public IEpochPixels Epoch(Func<long, IEnumerable<long>> rowsFrom) => new AnyOrder(this);

    public IPixels Select(Tensor rows) => new TensorPixels(Rows(rows).DetachFromDisposeScope());

    public IPixels To(Device device) =>
        new TensorPixels(Images.to(device, disposeAfter: true).DetachFromDisposeScope());

    public void Keep() => Images.DetachFromDisposeScope();

    public void ForEachPiece(Action<ReadOnlySpan<byte>> action)
    {
        using var scope = NewDisposeScope();
        TensorBytes.ForEachPiece(Images.cpu().contiguous(), (bytes, _) => action(bytes));
    }

    public void Dispose() => Images.Dispose();

    private sealed class AnyOrder(TensorPixels pixels) : IEpochPixels
    {
        public Tensor Step(long step, Tensor rows) => pixels.Rows(rows);

        public void Dispose()
        {
        }
    }
}
