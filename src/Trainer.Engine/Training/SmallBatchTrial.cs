using TorchSharp.Modules;
using Trainer.Engine.Networks;
using Trainer.Engine.Optimization;
using Trainer.Recipes;

namespace Trainer.Engine.Training;

/// <summary>
/// Finds the batches that batch norm cannot be trained on. It needs two values of each channel, and a batch, or the
/// part of it that is normalised alone, may be one image whose feature maps have shrunk to one pixel. libtorch's
/// function, unlike PyTorch's, does not refuse it: the output is the layer's bias, and the running variance becomes
/// NaN.
/// </summary>
public static class SmallBatchTrial
{
    private const string Problem = "has a single image to normalise, whose feature maps are one pixel";

    /// <summary>
    /// Tries the batches of which batch norm may have a single image to normalise; there are few or none.
    /// </summary>
    /// <param name="run">Prepared; it is as before afterwards.</param>
    /// <exception cref="TrainerException">Batch norm cannot be trained on one of them.</exception>
    public static void Run(TrainingRun run)
    {
        // Statistics of all processes' rows are never of a single image.
        if (BatchNormLayers.Of(run.Model.Network.Network).Count == 0
            || (run.Processes.Size > 1 && run.Recipe.BatchNorm.Synchronise))
            return;
        var step = new TrainingStep(run);
        var (size, last) = (run.Recipe.Train.BatchSize, run.Sampler.StepsPerEpoch - 1);
        var rest = run.Data.Extra is null ? run.Sampler.LastRows : size;
        var first = last == 0 ? rest : size;
        if (HasOneImage(run, first) && Fails(run, () => step.Trial(0)))
        {
            if (last == 0 && run.Data.Extra is null && size >= run.Data.Train.Count)
                throw TooFewImages(run, first);
            throw new TrainerException(
                ErrorKind.Recipe, $"train.batchSize: found {size}; in a batch of {first}, batch norm "
                + $"{Problem}. Raise train.batchSize, have clean and adversarial images normalised together "
                + "(batchNorm.normalise), or choose a model without batch norm.");
        }
        var reachesLast = run.Plan.TotalSteps >= run.Plan.StepsPerEpoch;
        var isShort = last > 0 && rest < size;
        var trained = isShort && reachesLast && HasOneImage(run, rest);
        // The pass that estimates the statistics of averaged weights takes every batch, and no extra images.
        var averaged = run.Recipe.Average is Swa && run.Sampler.LastRows == 1;
        if (averaged && last == 0 && Fails(run, () => OneImage(run)))
            throw TooFewImages(run, 1);
        if ((trained && Fails(run, () => step.Trial(last))) || (averaged && Fails(run, () => OneImage(run))))
        {
            throw new TrainerException(ErrorKind.Recipe, $"train.lastBatch: found \"keep\"; the last batch of "
                + $"{Quantity.Of(run.Data.Train.Count, "image")} in batches of {size} has {run.Sampler.LastRows}, "
                + $"of which batch norm {Problem}. "
                + "Set train.lastBatch to \"drop\" or \"merge\", or choose another train.batchSize.");
        }
    }

    /// <summary>No batch size helps: a larger batch has no more images.</summary>
    private static TrainerException TooFewImages(TrainingRun run, long rows)
    {
        var (count, held) = (run.Data.Train.Count, run.Data.Validation.Count);
        return new(
            ErrorKind.Recipe,
            $"data: found {Quantity.Of(count, "training image")}, all in one batch; "
            + $"in a batch of {rows}, batch norm "
            + $"{Problem}. Train on more images{(held > 0 ? $" (data.validation holds out {held})" : "")}, "
            + "or choose a model "
            + "without batch norm.");
    }

    private static Tensor OneImage(TrainingRun run) =>
        run.Model.Network.Logits(run.Data.Train.Batch(zeros(1, ScalarType.Int64, run.Device)).Images);

    private static bool HasOneImage(TrainingRun run, long rows) =>
        BatchShare.Of(0, rows, run.Share, run.Recipe.Objective) is var share
        && (share.OwnRows == 1 || share.CleanRows == 1 || share.OwnRows - share.CleanRows == 1);

    private static bool Fails(TrainingRun run, Action forward)
    {
        using var scope = NewDisposeScope();
        using var statistics = run.Model.TrainingNetwork.WithoutUpdates();
        IReadOnlyList<Tensor> changed = [run.Model.Parameters.Values, .. run.State.Objective.ByName.Values];
        List<Tensor> former = [.. changed.Select(tensor => tensor.clone())];
        var hooks = run.Model.Networks.SelectMany(network => BatchNormLayers.Of(network.Network))
            .Select(pair => pair.Layer).Distinct()
            .Select(layer => layer.register_forward_pre_hook((_, input) => Refuse(layer, input))).ToList();
        try
        {
            forward();
            return false;
        }
        catch (OneValueException)
        {
            return true;
        }
        finally
        {
            hooks.ForEach(hook => hook.remove());
            using var noGrad = no_grad();
            foreach (var (tensor, values) in changed.Zip(former))
                tensor.copy_(values);
        }
    }

    private static Tensor Refuse(BatchNorm layer, Tensor input) =>
        layer.training && input.numel() == input.shape[1] ? throw new OneValueException() : input;

    private sealed class OneValueException : Exception;
}
