using System.Globalization;
using Trainer.Engine.Metrics;
using Trainer.Robustness.Threats;

namespace Trainer.Cli.Training;

/// <summary>Metrics in few words.</summary>
internal static class AccuracyText
{
    public static string Of(StepMetrics metrics) => Join(
        Named("loss", metrics.Loss, "F3"),
        Named("learning rate", metrics.LearningRate, "G3"),
        Share("clean", metrics.CleanAccuracy),
        Share("adversarial", metrics.AdversarialAccuracy),
        metrics.ImagesPerSecond is { } speed ? $"{speed.ToString("N0", CultureInfo.InvariantCulture)} images/s" : null);

    /// <summary>The same in fewer columns; accuracies in per cent.</summary>
    public static string Short(StepMetrics metrics) => string.Join(' ', new[]
    {
        Named("loss", metrics.Loss, "F3"),
        Named("lr", metrics.LearningRate, "G2"),
        Named("clean", 100 * metrics.CleanAccuracy, "F1"),
        Named("adv", 100 * metrics.AdversarialAccuracy, "F1"),
        metrics.ImagesPerSecond is { } speed ? $"{speed.ToString("F0", CultureInfo.InvariantCulture)}/s" : null,
    }.OfType<string>());

    /// <param name="metrics">The epoch's.</param>
    /// <param name="threat">What the attack on held-out images was allowed.</param>
    public static string Of(EpochMetrics metrics, ThreatModel threat) => Join(
        Named("loss", metrics.Train.GetValueOrDefault("loss"), "F3"),
        Isolated(metrics.Isolation),
        metrics.Validation is { } validation ? $"held-out: {Of(validation, validation.Threats ?? $"{threat}")}" : null);

    /// <summary>The same in fewer columns.</summary>
    /// <inheritdoc cref="Of(EpochMetrics, ThreatModel)"/>
    public static string Short(EpochMetrics metrics, ThreatModel threat) => Join(
        Named("loss", metrics.Train.GetValueOrDefault("loss"), "F3"),
        Share("held-out: clean", metrics.Validation?.Clean),
        Share("robust", metrics.Validation?.Robust) is { } robust
            ? $"{robust} ({metrics.Validation?.Attack}, {metrics.Validation?.Threats ?? $"{threat}"})" : null);

    /// <param name="metrics">The accuracies.</param>
    /// <param name="threat">Norm and ε of the attack.</param>
    public static string Of(AccuracyMetrics metrics, string threat) => Join(
        Share("clean", metrics.Clean),
        Share("robust", metrics.Robust) is { } robust ? $"{robust} under {metrics.Attack} ({threat})" : null,
        Share("attack success", metrics.Backdoor?.AttackSuccess?.Value),
        $"{metrics.Examples.ToString("N0", CultureInfo.InvariantCulture)} images",
        metrics.Certified is { } certified ? FormattableString.Invariant(
            $"average certified radius {certified.AverageRadius:F3} of {certified.Examples:N0} images") : null,
        metrics.Verified is { } verified ? $"{Share("verified", verified.Share.Value)} by {verified.Method} of "
            + $"{verified.Share.Examples.ToString("N0", CultureInfo.InvariantCulture)} images" : null,
        metrics.Whole is { } whole ? $"and on all {Of(whole, threat)}" : null);

    private static string? Isolated(IsolationMetrics? isolation) => isolation is null ? null : Join(
        $"{isolation.Images.ToString("N0", CultureInfo.InvariantCulture)} images isolated",
        isolation.Precision is { } precision ? $"{FinalTable.Percent(precision)} % of them poisoned" : null);

    private static string? Named(string name, double? value, string format) =>
        value is { } number ? $"{name} {number.ToString(format, CultureInfo.InvariantCulture)}" : null;

    private static string? Share(string name, double? share) =>
        share is null ? null : $"{name} {FinalTable.Percent(share)} %";

    private static string Join(params IEnumerable<string?> parts) => string.Join(", ", parts.OfType<string>());
}
