using Trainer.Robustness.Attacks;

namespace Trainer.Robustness.Objectives;

/// <summary>Checks what an objective is called with. To read values waits for the device.</summary>
internal static class TrainingBatchArguments
{
    /// <summary>Checks the parts of a batch against each other.</summary>
    /// <exception cref="ArgumentException">One does not fit, or the batch has no rows.</exception>
    public static void Check(IObjective objective, TrainingBatch batch)
    {
        var (images, targets, network) = (batch.Images, batch.Targets, batch.Network.Classifier);
        AttackArguments.CheckThreat(batch.Threat);
        AttackArguments.CheckForm(network, images);
        var rows = images.shape[0];
        if (rows == 0)
            throw new ArgumentException("Found an empty batch, expected one image or more.", nameof(batch));
        if (batch.AttackNetwork.Classes != network.Classes)
        {
            throw new ArgumentException(
                $"Found an attack network of {batch.AttackNetwork.Classes} classes and a network of {network.Classes}, "
                + "expected as many.",
                nameof(batch));
        }
        AttackArguments.CheckRandom(batch.Random, rows);
        AttackArguments.CheckClasses(targets.Classes, "labels", rows, network.Classes);
        AttackArguments.CheckDevice(targets.Classes, "labels", images);
        CheckShares(targets.Soft, "soft targets", batch);
        CheckShares(targets.Attacked, "attacked targets", batch);
        if (objective.NeedsOrigin && targets.Origin is null)
            throw new ArgumentException("Found no origin of the images, expected one in the targets.", nameof(batch));
        var sizes = new TrainingSizes(images.shape, network.Classes, rows);
        foreach (var name in objective.State(sizes).Keys.Where(name => !batch.State.ContainsKey(name)))
        {
            throw new ArgumentException(
                $"Found no tensor \"{name}\" in the state, expected those that the objective's State names.",
                nameof(batch));
        }
        AttackArguments.CheckValues(images, nameof(images));
    }

    /// <summary>Checks adversarial images against their batch.</summary>
    /// <param name="objective">Which rows it attacks.</param>
    /// <param name="batch">The whole batch, checked.</param>
    /// <param name="adversarial">Those of its last rows; null for none.</param>
    /// <exception cref="ArgumentException">They do not fit.</exception>
    public static void CheckAdversarial(IObjective objective, TrainingBatch batch, Tensor? adversarial)
    {
        if (adversarial is null)
            return;
        using var scope = NewDisposeScope();
        var (rows, images) = (batch.Images.shape[0], objective.AdversarialImages);
        long[] expected =
            [rows - objective.CleanRows(rows), .. images == 1 ? [] : (long[])[images], .. batch.Images.shape[1..]];
        AttackArguments.CheckForm(
            batch.Network.Classifier,
            images > 1 && adversarial.dim() == expected.Length ? adversarial.flatten(0, 1) : adversarial,
            nameof(adversarial));
        if (!adversarial.shape.SequenceEqual(expected))
        {
            throw new ArgumentException(
                $"Found adversarial images of shape [{string.Join(", ", adversarial.shape)}], "
                + $"expected [{string.Join(", ", expected)}]"
                + " for this batch.", nameof(adversarial));
        }
        if (expected[0] > 0)
            AttackArguments.CheckValues(adversarial, nameof(adversarial));
    }

    private static void CheckShares(Tensor? shares, string name, TrainingBatch batch)
    {
        if (shares is null)
            return;
        AttackArguments.CheckDevice(shares, name, batch.Images);
        AttackArguments.CheckProbabilities(shares, name, batch.Images.shape[0], batch.Network.Classifier.Classes);
    }
}
