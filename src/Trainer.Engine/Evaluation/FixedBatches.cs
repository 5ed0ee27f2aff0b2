using Trainer.Robustness;

namespace Trainer.Engine.Evaluation;

/// <summary>Logits in batches of one shape: the last bits of a row's logits depend on the shape of its batch.</summary>
/// <param name="classifier">In evaluation mode.</param>
internal sealed class FixedBatches(Classifier classifier)
{
    private const int BatchRows = 64;

    /// <summary>The rows so far that only filled up a batch, so that they count as no forward pass.</summary>
    public long FillingRows { get; private set; }

    /// <summary>
    /// The logits of some images. A network that draws random numbers draws them for the rows that fill up a batch,
    /// too.
    /// </summary>
    /// <param name="images">Float32 [N, C, H, W].</param>
    /// <returns>Float32 [N, K].</returns>
    public Tensor Logits(Tensor images)
    {
        var rows = images.shape[0];
        var missing = (BatchRows - rows % BatchRows) % BatchRows;
        FillingRows += missing;
        var filled = missing == 0 ? images
            : cat([images, images.narrow(0, 0, 1).expand([missing, .. images.shape[1..]])], 0);
        var logits = filled.split(BatchRows).Select(batch => classifier.Logits(batch.contiguous())).ToList();
        return cat(logits, 0).narrow(0, 0, rows);
    }
}
