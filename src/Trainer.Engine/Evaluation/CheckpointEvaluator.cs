using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Engine.Networks;
using Trainer.Engine.Weights;
using Trainer.Recipes;

namespace Trainer.Engine.Evaluation;

/// <summary>
/// Measures saved weights on the test images of a plan, with the noise that the end of a training run uses.
/// </summary>
public static class CheckpointEvaluator
{
    /// <summary>Measures clean accuracy on all test images, then each of the final evaluations of the plan.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="plan">The network, data, threat model and evaluations.</param>
    /// <param name="data">The recipe's data.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="control">Where ledgers and results go; null for nowhere.</param>
    /// <param name="note">Takes what was done to make the weights fit the network.</param>
    /// <exception cref="TrainerException">The weights do not fit the network.</exception>
    /// <exception cref="NonFiniteLogitsException">The network's logits are NaN or infinite at some images.</exception>
    public static IEnumerable<MeasuredAttack> Run(
        WeightsSource weights, EvaluationPlan plan, DataSplits data, Device device, EvaluationControl? control = null,
        Action<string>? note = null)
    {
        using var workers = new BatchWorkers(device, get_num_threads());
        using var precision = PrecisionSwitches.Use(Precision.Float32);
        using var saved = new SavedClassifier(weights, plan, data, device, note);
        var name = Path.GetFileName(weights.Path);
        foreach (var measured in FinalMeasurement.Run(name, saved.Classifier, plan, data, workers, control))
            yield return measured;
    }

    /// <summary>Runs the masking checks on the first test images; each result as soon as it is there.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="plan">The network, data, threat model, and the number of images to check.</param>
    /// <param name="data">The recipe's data.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="control">Where ledgers and results go; null for nowhere.</param>
    /// <exception cref="TrainerException">The weights do not fit the network.</exception>
    public static IEnumerable<CheckResult> Check(
        WeightsSource weights, EvaluationPlan plan, DataSplits data, Device device, EvaluationControl? control = null)
    {
        using var workers = new BatchWorkers(device, get_num_threads());
        using var precision = PrecisionSwitches.Use(Precision.Float32);
        using var saved = new SavedClassifier(weights, plan, data, device);
        var results = new List<CheckResult>();
        foreach (var result in MaskingChecks.Run(
            saved.Classifier, plan, data.Test, data.TestFingerprint, workers, control))
        {
            results.Add(result);
            yield return result;
        }
        if (control?.Folder is { } folder)
            CheckReport.Write(MaskingChecks.Folder(folder, saved.Classifier, plan, data), results);
    }

    /// <summary>Tries the network on two images; run it in a child process.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="plan">The network.</param>
    /// <param name="data">The recipe's data.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="TrainerException">The network does not work, or the weights do not fit it.</exception>
    public static void Try(WeightsSource weights, EvaluationPlan plan, DataSplits data, Device device)
    {
        using var saved = new SavedClassifier(weights, plan, data, device);
        NetworkBuilder.Try(plan.Model, saved.Classifier, data.Test);
    }

    /// <summary>The logits of the clean test images: what another framework's are compared with.</summary>
    /// <returns>Float32 [N, K] on the CPU, in the order of the test images.</returns>
    /// <inheritdoc cref="Run"/>
    public static Tensor Logits(WeightsSource weights, EvaluationPlan plan, DataSplits data, Device device)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var precision = PrecisionSwitches.Use(Precision.Float32);
        using var saved = new SavedClassifier(weights, plan, data, device);
        using var evaluation = saved.Classifier.InEvaluationMode();
        var blocks = Enumerable.Range(0, (int)data.Test.Count).Select(index => (long)index)
            .Chunk(plan.Evaluate.BatchSize)
            .Select(rows => saved.Classifier.Logits(data.Test.Batch(tensor(rows, device: device)).Images));
        var logits = cat([.. blocks], 0).cpu();
        var nonFinite = logits.isfinite().all(1).logical_not().sum().item<long>();
        return nonFinite == 0 ? logits.MoveToOuterDisposeScope()
            : throw new NonFiniteLogitsException(nonFinite, data.Test.Count);
    }
}
