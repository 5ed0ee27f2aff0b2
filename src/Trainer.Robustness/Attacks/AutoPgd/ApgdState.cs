using Trainer.Robustness.Losses;

namespace Trainer.Robustness.Attacks;

/// <summary>The state of a run of APGD, for each example that is still in it.</summary>
internal sealed class ApgdState
{
    public ApgdState(Tensor images, Tensor start, double stepSize)
    {
        Point = start.clone();
        Previous = start.clone();
        Gradient = zeros_like(start);
        BestPoint = start.clone();
        BestGradient = zeros_like(start);
        Value = full([start.shape[0]], float.PositiveInfinity, start.dtype, start.device);
        BestValue = full_like(Value, float.NegativeInfinity);
        BestAtCheck = BestValue.clone();
        Rises = zeros_like(Value);
        StepSize = full_like(Value, stepSize).reshape(-1, 1, 1, 1);
        Halved = ones_like(Value, ScalarType.Bool);
        Changed = CountChanged(images, start);
    }

    /// <summary>Float32 [M, C, H, W]: the iterate.</summary>
    public Tensor Point { get; private set; }

    /// <summary>Float32 [M, C, H, W]: the iterate before.</summary>
    public Tensor Previous { get; private set; }

    /// <summary>Float32 [M, C, H, W]: the loss's gradient at the iterate.</summary>
    public Tensor Gradient { get; private set; }

    /// <summary>Float32 [M, C, H, W]: the iterate of the highest loss.</summary>
    public Tensor BestPoint { get; private set; }

    /// <summary>Float32 [M, C, H, W]: the gradient there.</summary>
    public Tensor BestGradient { get; private set; }

    /// <summary>Float32 [M]: the loss at the iterate.</summary>
    public Tensor Value { get; private set; }

    /// <summary>Float32 [M]: the highest loss.</summary>
    public Tensor BestValue { get; private set; }

    /// <summary>Float32 [M]: the highest loss at the last check.</summary>
    public Tensor BestAtCheck { get; private set; }

    /// <summary>Float32 [M]: how often the loss rose since the last check.</summary>
    public Tensor Rises { get; private set; }

    /// <summary>Float32 [M, 1, 1, 1], in image units.</summary>
    public Tensor StepSize { get; private set; }

    /// <summary>Bool [M]: whether the last check halved the step; true before the first.</summary>
    public Tensor Halved { get; private set; }

    /// <summary>
    /// Float32 [M]: how many values of the best iterate differed from the original's at the last check, at first of the
    /// start.
    /// </summary>
    public Tensor Changed { get; private set; }

    /// <summary>How many values of some images differ from the originals'.</summary>
    /// <param name="originals">Float32 [M, C, H, W].</param>
    /// <param name="images">Float32 [M, C, H, W].</param>
    /// <returns>Float32 [M].</returns>
    public static Tensor CountChanged(Tensor originals, Tensor images)
    {
        using var differs = images.ne(originals);
        return differs.sum([1, 2, 3], type: ScalarType.Float32);
    }

    /// <summary>Records the loss at the present iterate.</summary>
    public void Update(LossGradient at)
    {
        Gradient.copy_(at.Gradient);
        Rises.add_(at.Values > Value);
        Value.copy_(at.Values);
        var better = (Value > BestValue).reshape(-1, 1, 1, 1);
        BestPoint.copy_(where(better, Point, BestPoint));
        BestGradient.copy_(where(better, Gradient, BestGradient));
        BestValue.copy_(maximum(BestValue, Value));
    }

    /// <summary>Continues from the best iterate and its gradient in some rows.</summary>
    /// <param name="rows">Bool [M].</param>
    public void ReturnToBest(Tensor rows)
    {
        var mask = rows.reshape(-1, 1, 1, 1);
        Point.copy_(where(mask, BestPoint, Point));
        Gradient.copy_(where(mask, BestGradient, Gradient));
    }

    /// <summary>Keeps some rows only.</summary>
    /// <param name="rows">Int64 [L].</param>
    public void Select(Tensor rows)
    {
        Tensor Of(Tensor values)
        {
            using (values)
                return values.index_select(0, rows);
        }

        (Point, Previous, Gradient, BestPoint, BestGradient) =
            (Of(Point), Of(Previous), Of(Gradient), Of(BestPoint), Of(BestGradient));
        (Value, BestValue, BestAtCheck, Rises) = (Of(Value), Of(BestValue), Of(BestAtCheck), Of(Rises));
        (StepSize, Halved, Changed) = (Of(StepSize), Of(Halved), Of(Changed));
    }
}
