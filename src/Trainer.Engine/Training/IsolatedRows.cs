using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Engine.Data;
using Trainer.Engine.Metrics;
using Trainer.Engine.Storage;
using Trainer.Robustness;
using Trainer.Robustness.Objectives;

namespace Trainer.Engine.Training;

/// <summary>
/// The training images of the smallest loss, set apart once for the objective; part of every checkpoint.
/// </summary>
internal sealed class IsolatedRows : ICheckpointed, IDisposable
{
    /// <summary>Its name in checkpoints.</summary>
    public const string Part = "isolation";

    private readonly Isolation isolation;
    private readonly Tensor marks;

    /// <param name="isolation">When, and which share.</param>
    /// <param name="count">How many training images there are.</param>
    /// <param name="device">Where they are.</param>
    public IsolatedRows(Isolation isolation, long count, Device device)
    {
        this.isolation = isolation;
        marks = zeros(count, ScalarType.Byte, device).DetachFromDisposeScope();
    }

    /// <summary>What is isolated; null before.</summary>
    public IsolationMetrics? Found { get; private set; }

    public string Name => Part;

    public IReadOnlyList<(string Key, Tensor Tensor)> Tensors => [("rows", marks)];

    /// <summary>Which rows of a batch are isolated.</summary>
    /// <param name="rows">Int64 [N], places among the training images.</param>
    /// <returns>Bool [N]; null before any are.</returns>
    public Tensor? Of(Tensor? rows) =>
        Found is null || rows is null ? null : marks.index_select(0, rows).to(ScalarType.Bool);

    /// <summary>Isolates, where it is time.</summary>
    /// <param name="run">At the end of an epoch, which is counted.</param>
    public void AfterEpoch(TrainingRun run)
    {
        if (Found is not null || run.Position.Epoch < isolation.AfterEpochs)
            return;
        var losses = Losses(run.Model.Network, run.Data.Train, run.Recipe.Evaluate.BatchSize);
        var chosen = Smallest(losses, isolation.Share);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        marks.zero_().index_fill_(0, tensor(chosen, device: marks.device), 1);
        var poisoned = run.Data.Poisoned?.Rows.Where(row => !row.IsNoise).Select(row => row.Row).ToHashSet();
        var caught = chosen.Count(place => poisoned?.Contains(run.Data.TrainRows[(int)place]) == true);
        Found = new(
            chosen.Length, losses[chosen[^1]], poisoned is null ? null : (double)caught / chosen.Length,
            poisoned is not { Count: > 0 } ? null : (double)caught / poisoned.Count);
    }

    /// <summary>The places of the smallest losses, the smallest first; equal ones in their order.</summary>
    /// <param name="losses">One for each image.</param>
    /// <param name="share">Of the images, rounded down, but at least one.</param>
    public static long[] Smallest(double[] losses, double share) =>
        [.. Enumerable.Range(0, losses.Length).OrderBy(place => losses[place])
            .Take(Math.Max(1, (int)(share * losses.Length))).Select(place => (long)place)];

    /// <summary>The cross-entropy of each image, in evaluation mode and without augmentation.</summary>
    /// <param name="network">Left in its own mode.</param>
    /// <param name="images">With the labels that training sees.</param>
    /// <param name="blockSize">Images a block.</param>
    public static double[] Losses(Classifier network, ImageData images, int blockSize)
    {
        using var evaluation = network.InEvaluationMode();
        using var noGrad = no_grad();
        var losses = new List<double>((int)images.Count);
        foreach (var block in Enumerable.Range(0, (int)images.Count).Select(place => (long)place).Chunk(blockSize))
        {
            using var scope = NewDisposeScope();
            var (batch, labels) = images.Batch(tensor(block, device: images.Device));
            var found = new Targets(labels).CrossEntropy(network.Logits(batch));
            losses.AddRange(found.to(ScalarType.Float64).cpu().data<double>().ToArray());
        }
        return [.. losses];
    }

    public JsonNode? Save() => JsonSerializer.SerializeToNode(Found);

    public void Load(JsonNode? value) => Found = value?.Deserialize<IsolationMetrics>();

    public void Dispose() => marks.Dispose();
}
