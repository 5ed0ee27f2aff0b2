using Trainer.Robustness.Random;

namespace Trainer.Robustness.Threats;

/// <summary>
/// The admissible images around a batch: those within ε in the threat model's norm and inside [0, 1].
/// </summary>
public abstract class Ball : IDisposable
{
    private readonly Tensor[] owned;

    private protected Ball(Tensor images, double epsilon, params Tensor[] owned) =>
        (Images, Epsilon, this.owned) = (images, epsilon, owned);

    /// <summary>The originals: float [N, C, H, W] in [0, 1].</summary>
    public Tensor Images { get; }

    /// <summary>The radius ε, in image units.</summary>
    public double Epsilon { get; }

    /// <summary>The admissible images around some images.</summary>
    /// <param name="threat">The norm and the radius.</param>
    /// <param name="images">
    /// Float [N, C, H, W] in [0, 1]; not modified, and alive for as long as the ball is used.
    /// </param>
    public static Ball Create(ThreatModel threat, Tensor images) => threat.Norm switch
    {
        Norm.Linf => new LinfBall(images, threat.Epsilon),
        Norm.L2 => new L2Ball(images, threat.Epsilon),
        Norm.L1 => new L1Ball(images, threat.Epsilon),
        _ => throw threat.UnknownNorm(),
    };

    /// <summary>Random admissible images: uniform in the norm's ball, then clamped to the box.</summary>
    /// <returns>Float [N, C, H, W].</returns>
    public Tensor RandomStart(RandomSource random)
    {
        var start = Noise(random).add_(Images);
        Project(start);
        return start;
    }

    /// <summary>Random perturbations: uniform in the norm's ball, whatever the box is.</summary>
    /// <returns>Float [N, C, H, W].</returns>
    internal abstract Tensor Noise(RandomSource random);

    /// <summary>Perturbations of a length, steepest for random signs: for L∞ each value is up or down by it.</summary>
    /// <returns>Float [N, C, H, W].</returns>
    internal Tensor SignNoise(RandomSource random, double length)
    {
        var noise = random.Uniform(Images).neg_().add_(0.5).sign_();
        SteepestDirection(noise);
        return noise.mul_(length);
    }

    /// <summary>
    /// Random admissible images: in a random direction as far as the ball's surface, then clamped to the box. For L1
    /// normal noise of deviation 1, brought to the nearest admissible image.
    /// </summary>
    /// <returns>Float [N, C, H, W].</returns>
    public abstract Tensor SurfaceStart(RandomSource random);

    /// <summary>
    /// Turns gradients into the steepest directions of length 1 in the ball's norm; zero where the gradient is. For L1
    /// the sign of the largest hundredth of the values, where the steepest of all would move one value alone (SLIDE,
    /// Tramèr and Boneh 2019, arXiv:1904.13000, section 4.1).
    /// </summary>
    /// <param name="gradient">Float [N, C, H, W]; changed in place.</param>
    public abstract void SteepestDirection(Tensor gradient);

    /// <summary>
    /// Moves images one step in the direction of steepest ascent and back to the nearest admissible ones.
    /// </summary>
    /// <param name="adversarial">Float [N, C, H, W]; changed in place.</param>
    /// <param name="gradient">Float [N, C, H, W]; used up: its values are undefined afterwards.</param>
    /// <param name="stepSize">Length of the step in the ball's norm, in image units.</param>
    public virtual void Step(Tensor adversarial, Tensor gradient, double stepSize)
    {
        SteepestDirection(gradient);
        adversarial.add_(gradient, alpha: stepSize);
        Project(adversarial);
    }

    /// <summary>Moves images to admissible ones, for L∞ and L1 to the nearest.</summary>
    /// <param name="adversarial">Float [N, C, H, W]; changed in place.</param>
    public abstract void Project(Tensor adversarial);

    /// <summary>Perturbations in given directions, uniform where these are uniform on the sphere.</summary>
    private protected Tensor UniformNoise(Tensor direction, RandomSource random)
    {
        // The radius of a point uniform in a d-dimensional ball is U^(1/d).
        var dimension = Images.numel() / Math.Max(Images.shape[0], 1);
        var radius = random.Uniform(direction.sum([1, 2, 3], keepdim: true)).pow_(1.0 / dimension).mul_(Epsilon);
        return direction.mul_(radius).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the tensors that the ball made.</summary>
    public void Dispose()
    {
        foreach (var tensor in owned)
            tensor.Dispose();
        GC.SuppressFinalize(this);
    }
}
