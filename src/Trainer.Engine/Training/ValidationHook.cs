using Trainer.Engine.Data;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Certification;
using Trainer.Engine.Evaluation.Verification;
using Trainer.Engine.Metrics;
using Trainer.Recipes;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Training;

/// <summary>
/// Measures clean and robust accuracy on held-out training images: a subset fixed by the seed, the same every time, and
/// at milestones the others too.
/// </summary>
/// <param name="stop">A signal ends the measurement.</param>
public sealed class ValidationHook(RunRequests stop) : TrainingHook
{
    /// <summary>
    /// Tries the bounds of one image, so that a network without bounds is found before it is trained.
    /// </summary>
    /// <exception cref="TrainerException">
    /// The recipe verifies images, and the network has layers without bounds.
    /// </exception>
    public static void Try(TrainingRun run)
    {
        if (run.Recipe.Evaluate.Verify is not { } bounds)
            return;
        using var scope = NewDisposeScope();
        var (image, label) = run.Data.Train.Batch(zeros(1, ScalarType.Int64, run.Device));
        new Verifier(run.Model.Measured, run.Recipe.Threat, bounds.Method).Lower(image, label);
    }

    /// <inheritdoc/>
    public override AccuracyMetrics? Evaluate(TrainingRun run)
    {
        var (options, held, epoch) = (run.Recipe.Evaluate, run.Data.Validation, run.Position.Epoch + 1);
        var last = epoch >= run.Plan.Epochs || run.Position.Step >= run.Plan.TotalSteps;
        var milestone = options.Milestones.Contains(epoch);
        if (held.Count == 0 || !(last || milestone || epoch % options.EveryEpochs == 0))
            return null;
        var key = run.Random.Key("validation");
        var threats = run.Recipe.Objective.ThreatModels ?? [run.Recipe.Threat];
        var subset = Subset(held.Count, Math.Min(options.Examples, held.Count), key);
        IReadOnlyList<EvaluationResult>? Measure(long[] indices)
        {
            var found = threats.Select(threat => new RobustnessEvaluator(
                run.Model.Measured, threat, key, options.BatchSize, run.Workers)
            {
                Processes = run.Processes,
            }.Run(held, indices, options.Attacks, IsAsked)).TakeWhile(result => result is not null).ToList();
            return found.Count < threats.Count ? null : [.. found.OfType<EvaluationResult>()];
        }
        if (Measure(subset) is not { } results)
            return null;
        var measured = EvaluationResult.Union(results);
        var metrics = AccuracyReport.Of(measured);
        if (threats.Count > 1 && metrics.Robust is not null)
            metrics = metrics with
            {
                ByThreat = threats.Zip(results).ToDictionary(
                    pair => $"{pair.First}", pair => pair.Second.RobustAccuracy.Value),
            };
        if (run.Recipe.Data.Poison is { } poison)
        {
            if (new BackdoorEvaluator(run.Model.Measured, poison, options.BatchSize) { Processes = run.Processes }
                .Run(held, subset, measured.CleanAccuracy, IsAsked) is not { } backdoor)
                return null;
            metrics = metrics with { Backdoor = backdoor };
        }
        if (options.Certify is { } smoothing)
        {
            if (Certify(run, smoothing) is not { } certified)
                return null;
            metrics = metrics with { Certified = certified };
        }
        if (options.Verify is { } bounds)
        {
            if (Verify(run, bounds) is not { } verified)
                return null;
            metrics = metrics with { Verified = verified };
        }
        if (!milestone)
            return metrics;
        return Measure([.. Enumerable.Range(0, (int)held.Count).Select(index => (long)index)
            .Except(subset)]) is not { } others ? null : metrics with
            {
                Whole = AccuracyReport.Of(measured with
                {
                    Examples = [.. measured.Examples, .. EvaluationResult.Union(others).Examples],
                }),
            };
    }

    /// <summary>How far the smoothed network is certified; null where a signal asks to stop.</summary>
    private CertifiedMetrics? Certify(TrainingRun run, ValidationCertificates smoothing)
    {
        var (held, key) = (run.Data.Validation, run.Random.Key("certify"));
        var subset = Subset(held.Count, Math.Min(smoothing.Examples, held.Count), key);
        return new Certifier(run.Model.Measured, smoothing, key, run.Workers).Run(
            held, subset, new(StopRequested: IsAsked) { Processes = run.Processes }) is not { } examples ? null
            : ValidationCertificates.Metrics(new(smoothing, examples));
    }

    /// <summary>How many images are verified; null where a signal asks to stop.</summary>
    private VerifiedMetrics? Verify(TrainingRun run, ValidationBounds bounds)
    {
        var held = run.Data.Validation;
        var subset = Subset(held.Count, Math.Min(bounds.Examples, held.Count), run.Random.Key("verify"));
        return new Verifier(run.Model.Measured, run.Recipe.Threat, bounds.Method).Run(
            held, subset, new(StopRequested: IsAsked) { Processes = run.Processes }) is not { } result ? null
            : new(result.Method, ShareMetrics.Of(result.Verified)!);
    }

    private bool IsAsked() => stop.IsAsked;

    /// <summary>The indices of the subset, ascending.</summary>
    private static long[] Subset(long count, long examples, RandomKey key) =>
        [.. Permutation.Of(key.With("subset"), count).Take((int)examples).Order()];
}
