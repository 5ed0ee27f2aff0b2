namespace Trainer.Robustness.Attacks;

/// <summary>The state of a run of Carlini and Wagner's attack, for each example that is still in it.</summary>
internal sealed class CarliniWagnerState
{
    // An image's 0 and 1 have no finite w.
    private const double Inside = 0.999999;
    private const double Decay = 0.9;
    private const double SquareDecay = 0.999;
    private const double Tiny = 1e-8;
    private int step;

    public CarliniWagnerState(Tensor images, double initialConst)
    {
        Original = images.clone();
        Closest = images.clone();
        Variable = zeros_like(images);
        Mean = zeros_like(images);
        Square = zeros_like(images);
        Distance = full([images.shape[0]], float.PositiveInfinity, images.dtype, images.device);
        C = full_like(Distance, initialConst);
        Lower = zeros_like(Distance);
        Upper = full_like(Distance, float.PositiveInfinity);
        Succeeded = zeros_like(Distance, ScalarType.Bool);
    }

    /// <summary>Float32 [M, C, H, W].</summary>
    public Tensor Original { get; private set; }

    /// <summary>Float32 [M, C, H, W]: the closest misclassified image, the original where there was none.</summary>
    public Tensor Closest { get; private set; }

    /// <summary>Float32 [M]: how far it is, infinite where there was none.</summary>
    public Tensor Distance { get; private set; }

    /// <summary>Float32 [M]: the weight of the margin.</summary>
    public Tensor C { get; private set; }

    private Tensor Variable { get; set; }

    private Tensor Mean { get; set; }

    private Tensor Square { get; set; }

    private Tensor Lower { get; set; }

    private Tensor Upper { get; set; }

    private Tensor Succeeded { get; set; }

    /// <summary>Starts again at the originals.</summary>
    public void Restart()
    {
        using var scope = NewDisposeScope();
        Variable.copy_((Original * 2 - 1).mul_(Inside).atanh_());
        Mean.zero_();
        Square.zero_();
        Succeeded.fill_(false);
        step = 0;
    }

    /// <summary>The image of the variables.</summary>
    public Tensor Image() => Variable.tanh().add_(1).div_(2);

    /// <summary>Takes the misclassified images that are closer than those before.</summary>
    /// <param name="image">Float32 [M, C, H, W].</param>
    /// <param name="success">Bool [M].</param>
    /// <param name="distance">Float32 [M].</param>
    public void Update(Tensor image, Tensor success, Tensor distance)
    {
        using var scope = NewDisposeScope();
        var closer = success.logical_and(distance < Distance);
        Closest.copy_(where(closer.reshape(-1, 1, 1, 1), image, Closest));
        Distance.copy_(where(closer, distance, Distance));
        Succeeded.logical_or_(success);
    }

    /// <summary>One step of Adam.</summary>
    /// <param name="gradient">Float32 [M, C, H, W], of the loss with respect to the image.</param>
    /// <param name="image">Float32 [M, C, H, W]: <see cref="Image"/>.</param>
    /// <param name="rate">The learning rate.</param>
    public void Descend(Tensor gradient, Tensor image, double rate)
    {
        using var scope = NewDisposeScope();
        // The derivative of (tanh w + 1) / 2.
        var slope = gradient * image * (1 - image) * 2;
        step++;
        Mean.mul_(Decay).add_(slope, alpha: 1 - Decay);
        Square.mul_(SquareDecay).add_(slope.square(), alpha: 1 - SquareDecay);
        var root = (Square / (1 - Math.Pow(SquareDecay, step))).sqrt_().add_(Tiny);
        Variable.sub_(Mean / (1 - Math.Pow(Decay, step)) / root * rate);
    }

    /// <summary>
    /// The next c: between the largest that failed and the smallest that succeeded, or ten times as much.
    /// </summary>
    public void Search()
    {
        using var scope = NewDisposeScope();
        Upper.copy_(where(Succeeded, minimum(Upper, C), Upper));
        Lower.copy_(where(Succeeded, Lower, maximum(Lower, C)));
        C.copy_(where(Upper.isfinite(), (Lower + Upper) / 2, C * 10));
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

        (Original, Closest, Variable, Mean, Square) = (Of(Original), Of(Closest), Of(Variable), Of(Mean), Of(Square));
        (Distance, C, Lower, Upper, Succeeded) = (Of(Distance), Of(C), Of(Lower), Of(Upper), Of(Succeeded));
    }
}
