using Trainer.Robustness.Components;

namespace Trainer.Robustness.Threats;

/// <summary>
/// What the adversary may do: move an image by at most ε in a norm, inside the box of valid images.
/// Training, validation and final evaluation share one threat model.
/// </summary>
public sealed record ThreatModel
{
    // Half a unit in the last place of a float32 in [½, 1].
    private const double PixelRounding = 1.0 / (1 << 25);

    /// <summary>The norm that ε is measured in.</summary>
    public required Norm Norm { get; init; }

    /// <summary>The radius ε, in image units: pixels are in [0, 1].</summary>
    [AtLeast(0)] public required double Epsilon { get; init => field = Require.AtLeast(0, value); }

    private double? Full { get; init; }

    /// <summary>
    /// The radius that step sizes in image units belong to: larger than ε where the threat model is a
    /// <see cref="Scaled"/> one.
    /// </summary>
    public double FullEpsilon() => Full ?? Epsilon;

    /// <summary>
    /// The same threat model with a share of its radius, in which attacks take the same share of their steps.
    /// </summary>
    /// <param name="share">From 0 to 1.</param>
    public ThreatModel Scaled(double share) => this with { Epsilon = Epsilon * share, Full = FullEpsilon() };

    /// <summary>
    /// The same threat model with another full radius: steps in image units stay as long as they are.
    /// </summary>
    internal ThreatModel Times(double factor) => this with { Epsilon = Epsilon * factor, Full = Full * factor };

    /// <summary>The length of a step that is described by one for the full radius.</summary>
    /// <param name="fullLength">In image units.</param>
    public double Step(double fullLength) => Full is > 0 ? fullLength * (Epsilon / Full.Value) : fullLength;

    /// <summary>How far each adversarial image is from its original.</summary>
    /// <param name="images">Float [N, C, H, W].</param>
    /// <param name="adversarial">Float [N, C, H, W].</param>
    /// <returns>Float [N], in the threat model's norm.</returns>
    /// <exception cref="ArgumentException">The two have different shapes.</exception>
    public Tensor Distance(Tensor images, Tensor adversarial)
    {
        if (!images.shape.AsSpan().SequenceEqual(adversarial.shape))
        {
            throw new ArgumentException(
                $"Found adversarial images of shape [{string.Join(", ", adversarial.shape)}], "
                + $"expected [{string.Join(", ", images.shape)}].",
                nameof(adversarial));
        }
        using var scope = NewDisposeScope();
        var difference = (adversarial - images).flatten(1);
        var distance = Norm switch
        {
            Norm.Linf => difference.abs().amax(1),
            Norm.L2 => difference.square().sum(1).sqrt(),
            Norm.L1 => difference.abs().sum(1),
            _ => throw UnknownNorm(),
        };
        return distance.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// How far the worst adversarial image breaks its bound or the box [0, 1], after the tolerance for rounding: 1e-6
    /// absolute for L∞; for L2 and L1 1e-5 of the bound, or what the rounding of each of the D = C·H·W pixels to
    /// float32 makes where that is more (2⁻²⁵ √D for L2, 2⁻²⁵ D for L1). Not above zero where everything holds; NaN
    /// where a value is.
    /// </summary>
    /// <param name="images">Float [N, C, H, W] in [0, 1].</param>
    /// <param name="adversarial">Float [N, C, H, W].</param>
    /// <param name="bound">The bound that the attack declares, in the threat model's norm.</param>
    /// <returns>Float [], on the device of the images: reading it is the caller's synchronisation.</returns>
    public Tensor Violation(Tensor images, Tensor adversarial, double bound) =>
        ViolationOfAny(images, adversarial, [(this, bound)]);

    /// <summary>The same of images that each keep one of several bounds.</summary>
    internal static Tensor ViolationOfAny(
        Tensor images, Tensor adversarial, IEnumerable<(ThreatModel Threat, double Bound)> bounds)
    {
        using var scope = NewDisposeScope();
        var beyondBound = bounds.Select(one => one.Threat.Distance(images, adversarial)
            - (one.Bound + one.Threat.Tolerance(one.Bound, images))).Aggregate(minimum).max();
        var beyondBox = maximum(adversarial.max() - 1, -adversarial.min());
        return maximum(beyondBound, beyondBox).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Whether each adversarial image is within ε of its original, to the rounding that <see cref="Violation"/> allows.
    /// </summary>
    /// <param name="images">Float [N, C, H, W].</param>
    /// <param name="adversarial">Float [N, C, H, W].</param>
    /// <returns>Bool [N].</returns>
    public Tensor Contains(Tensor images, Tensor adversarial)
    {
        using var distance = Distance(images, adversarial);
        return distance.le(Epsilon + Tolerance(Epsilon, images));
    }

    /// <summary>
    /// A pixel of an image in [0, 1] is stored to within <see cref="PixelRounding"/>: the norm of such an error in
    /// every pixel is allowed, too.
    /// </summary>
    private double Tolerance(double bound, Tensor images)
    {
        var pixels = images.numel() / Math.Max(1, images.shape[0]);
        return Norm switch
        {
            Norm.Linf => 1e-6,
            Norm.L2 => Math.Max(1e-5 * bound, PixelRounding * Math.Sqrt(pixels)),
            Norm.L1 => Math.Max(1e-5 * bound, PixelRounding * pixels),
            _ => throw UnknownNorm(),
        };
    }

    /// <summary>"linf 0.1": the norm and ε to four digits.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Norm.ToString().ToLowerInvariant()} {Epsilon:G4}");

    internal InvalidOperationException UnknownNorm() => new($"Found the norm {Norm}, expected linf, l2 or l1.");
}
