using System.Text;
using Serilog;
using Trainer.Engine.Metrics;
using Trainer.Engine.Pictures;
using Trainer.Engine.Training;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;

namespace Trainer.Engine.TensorBoard;

/// <summary>
/// Writes the run's metrics, and a few held-out images before and after the attack, for TensorBoard. The run continues
/// where that fails.
/// </summary>
/// <param name="folder">The run folder.</param>
/// <param name="log">Takes the reason why nothing more is written.</param>
public sealed class TensorBoardHook(string folder, ILogger log) : TrainingHook, IDisposable
{
    private const int Examples = 8;
    private EventFile? file;
    private long start;
    private bool failed;

    /// <inheritdoc/>
    public override void OnRunStart(TrainingRun run) => start = run.Position.Step;

    /// <inheritdoc/>
    public override void OnRollback(TrainingRun run)
    {
        // A file that begins at this step hides what an earlier one has after it.
        file?.Dispose();
        file = null;
        start = run.Position.Step;
    }

    /// <inheritdoc/>
    public override void OnInterval(TrainingRun run, StepMetrics metrics) => Write(metrics.Step,
        ("train/loss", metrics.Loss), ("train/clean accuracy", metrics.CleanAccuracy),
        ("train/adversarial accuracy", metrics.AdversarialAccuracy),
        ("train/gradient norm", metrics.GradientNorm), ("train/learning rate", metrics.LearningRate),
        ("speed/images per second", metrics.ImagesPerSecond));

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingRun run, EpochMetrics metrics)
    {
        Write(metrics.Step,
            ("epoch/train loss", metrics.Train["loss"]), ("epoch/validation clean", metrics.Validation?.Clean),
            ("epoch/validation robust", metrics.Validation?.Robust),
            ("epoch/validation average certified radius", metrics.Validation?.Certified?.AverageRadius),
            ("epoch/validation verified", metrics.Validation?.Verified?.Share.Value),
            ("epoch/validation clean, all images", metrics.Validation?.Whole?.Clean),
            ("epoch/validation robust, all images", metrics.Validation?.Whole?.Robust),
            ("epoch/seconds", metrics.Seconds));
        if (metrics.Validation is not null && run.Recipe.Evaluate.Attacks is [var attack, ..])
            WriteExamples(run, metrics.Step, attack);
    }

    /// <inheritdoc/>
    public override void OnFinal(TrainingRun run, FinalMetrics metrics) => Write(run.Position.Step,
        ($"final/{metrics.Checkpoint} clean", metrics.Test.Clean),
        ($"final/{metrics.Checkpoint} robust, {metrics.Test.Attack}", metrics.Test.Robust));

    /// <inheritdoc/>
    public void Dispose() => file?.Dispose();

    private void WriteExamples(TrainingRun run, long step, IAttack attack)
    {
        using var scope = NewDisposeScope();
        using var evaluation = run.Model.Measured.InEvaluationMode();
        var held = run.Data.Validation;
        long[] rows = [.. Enumerable.Range(0, (int)Math.Min(Examples, held.Count)).Select(row => (long)row)];
        var (images, labels) = held.Batch(tensor(rows, device: run.Device));
        var loss = (attack.Loss ?? AttackLossKind.Margin).For(labels, run.Model.Measured.Classes);
        var batch = AttackBatch.Unchecked(
            run.Model.Measured, images, loss, run.Recipe.Threat,
            RandomSource.ForExamples(run.Random.Key("pictures"), rows));
        var adversarial = attack.Run(batch with { StopAtSuccess = false }).Images;
        var table = Table(labels, run.Model.Measured, images, adversarial, held.ClassNames);
        Write(events =>
        {
            events.Append(Events.Markdown(step, "examples/predictions", table));
            if (images.shape[1] is 1 or 3)
            {
                var sheet = ExampleSheet.Of(images, adversarial);
                events.Append(Events.Image(step, "examples/clean, adversarial, difference", sheet, Png.Encode(sheet)));
            }
        });
    }

    private static string Table(
        Tensor labels, Classifier network, Tensor images, Tensor adversarial, IReadOnlyList<string> names)
    {
        long[] truth = [.. labels.cpu().data<long>()];
        long[] before = [.. network.PredictUnchecked(images).cpu().data<long>()];
        long[] after = [.. network.PredictUnchecked(adversarial).cpu().data<long>()];
        var table = new StringBuilder("| class | clean | adversarial |\n|---|---|---|\n");
        for (var row = 0; row < truth.Length; row++)
            table.Append($"| {names[(int)truth[row]]} | {names[(int)before[row]]} | {names[(int)after[row]]} |\n");
        return table.ToString();
    }

    private void Write(long step, params ReadOnlySpan<(string Tag, double? Value)> values)
    {
        var known = new List<(string, double)>();
        foreach (var (tag, value) in values)
        {
            if (value is { } number && double.IsFinite(number))
                known.Add((tag, number));
        }
        Write(events => events.Append(Events.Scalars(step, known)));
    }

    private void Write(Action<EventFile> write)
    {
        if (failed)
            return;
        try
        {
            write(file ??= new(folder, start));
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            log.Warning("Nothing more is written for TensorBoard until the next start: {Reason:l}", exception.Message);
            failed = true;
        }
    }
}
