using Trainer.Robustness.Models;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>The fifteen common corruptions of Hendrycks and Dietterich 2019 (arXiv:1903.12261).</summary>
internal static class CommonCorruptions
{
    /// <summary>The number of severities.</summary>
    public const int Severities = 5;

    /// <summary>Names the code in ledgers: raise it with every change that can change a corrupted image.</summary>
    public const int Version = 2;

    // Smaller images have no room for the blurs' neighbourhoods.
    private const int LeastSide = 8;

    /// <summary>In the order of the paper's tables.</summary>
    public static IReadOnlyList<ICorruption> All { get; } =
    [
        new GaussianNoise(), new ShotNoise(), new ImpulseNoise(),
        new DefocusBlur(), new GlassBlur(), new MotionBlur(), new ZoomBlur(),
        new Snow(), new Frost(), new Fog(), new Brightness(),
        new Contrast(), new ElasticTransform(), new Pixelate(), new JpegCompression(),
    ];

    /// <summary>Why images cannot be corrupted; null where they can.</summary>
    public static string? Refusal(ImageShape shape) => shape is { Height: >= LeastSide, Width: >= LeastSide } ? null
        : $"found images of {shape}, expected at least {LeastSide}×{LeastSide} pixels for the common corruptions";

    /// <summary>Corrupts images.</summary>
    /// <param name="corruption">How.</param>
    /// <param name="severity">From 1 to 5.</param>
    /// <param name="images">UInt8 [N, C, H, W] on the CPU.</param>
    /// <param name="random">One stream for each image.</param>
    /// <returns>UInt8 [N, C, H, W].</returns>
    public static Tensor Apply(ICorruption corruption, int severity, Tensor images, RandomSource random) =>
        Apply(corruption, severity, images, new CorruptionDraws(random));

    /// <inheritdoc cref="Apply(ICorruption, int, Tensor, RandomSource)"/>
    internal static Tensor Apply(ICorruption corruption, int severity, Tensor images, CorruptionDraws draws)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var corrupted = corruption.Apply(new(images.to(ScalarType.Float64) / 255, severity, draws));
        return (corrupted.clamp(0, 1) * 255).to(ScalarType.Byte).MoveToOuterDisposeScope();
    }
}
