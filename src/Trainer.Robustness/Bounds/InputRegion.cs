using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Bounds;

/// <summary>The images that an adversary may choose: a ball round each image, within the box [0, 1].</summary>
internal sealed class InputRegion
{
    private const double Tiny = 1e-30;

    // A region that is a box needs no ε.
    private static readonly ThreatModel AnyBox = new() { Norm = Norm.Linf, Epsilon = 0 };

    private readonly Tensor images;
    private readonly ThreatModel threat;

    /// <param name="images">Float [N, C, H, W] in [0, 1].</param>
    /// <param name="threat">The ball.</param>
    public InputRegion(Tensor images, ThreatModel threat)
    {
        (this.images, this.threat) = (images, threat);
        Box = Interval.Between(
            (images - threat.Epsilon).clamp_min(0), (images + threat.Epsilon).clamp_max(1));
    }

    /// <summary>A box of pixels.</summary>
    /// <param name="box">Float [N, C, H, W] in [0, 1].</param>
    public InputRegion(Interval box) => (images, threat, Box) = (box.Center, AnyBox, box);

    /// <summary>The smallest box round the region: the region itself where the norm is L∞.</summary>
    public Interval Box { get; }

    /// <summary>Whether the region is all of the box.</summary>
    public bool IsBox => threat.Norm == Norm.Linf;

    /// <summary>
    /// The least value of linear functions over the region; for L2 and L1, the larger one of two lower bounds, over the
    /// ball by the dual norm and over the box.
    /// </summary>
    /// <param name="coefficients">Float [N or 1, S, C, H, W].</param>
    /// <param name="specification">The functions.</param>
    /// <param name="input">The images' node.</param>
    /// <param name="roundoff">Of the arithmetic; null for bounds that are not rounded.</param>
    /// <returns>Float [N, M].</returns>
    public Tensor Concretise(
        Tensor coefficients, ISpecification specification, GraphNode input, Roundoff? roundoff = null)
    {
        var inBox = specification.Sum(coefficients, Box.Center, input)
            - specification.Sum(coefficients.abs(), Box.Radius, input);
        // γ · Σ |cᵢ| · max(|lᵢ|, |uᵢ|) over the box [l, u]; in L2 and L1 also γ · ε · Σ |cᵢ|, at least γ · ε · ‖c‖.
        var largest = Box.Magnitude.clamp_min(IsBox ? 0 : threat.Epsilon);
        var error = roundoff is null ? 0
            : specification.Sum(coefficients.abs(), largest * roundoff.OfSumOver(images), input);
        if (IsBox)
            return inBox - error;
        var norm = threat.Norm switch
        {
            // The root's gradient at zero is infinite.
            Norm.L2 => specification.Sum(coefficients.square(), ones_like(images.narrow(0, 0, 1)), input)
                .clamp_min(Tiny).sqrt(),
            Norm.L1 => specification.Max(coefficients.abs(), input),
            _ => throw threat.UnknownNorm(),
        };
        return maximum(inBox, specification.Sum(coefficients, images, input) - (threat.Epsilon * norm)) - error;
    }
}
