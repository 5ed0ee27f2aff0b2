using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// How an attack goes from one iterate to the next. What it remembers has a row for each example of the batch.
/// </summary>
internal interface IStepRule
{
    /// <summary>Moves images to the next iterate, an admissible one.</summary>
    /// <param name="ball">Around the originals.</param>
    /// <param name="point">Float32 [N, C, H, W]; changed in place.</param>
    /// <param name="gradient">The loss's at the point; its values are undefined afterwards.</param>
    void Step(Ball ball, Tensor point, Tensor gradient);

    /// <summary>Continues with some of the rows.</summary>
    /// <param name="rows">Int64 [M], positions in the present batch.</param>
    void Select(Tensor rows);
}
