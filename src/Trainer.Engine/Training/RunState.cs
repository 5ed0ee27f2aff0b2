using Trainer.Engine.Data;
using Trainer.Engine.Storage;
using Trainer.Engine.Training.Collapse;

namespace Trainer.Engine.Training;

/// <summary>What changes during a run besides weights and optimiser.</summary>
public sealed class RunState : IDisposable
{
    /// <summary>The state of a run at its beginning.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="images">The training images.</param>
    /// <param name="largestBatch">The rows of the largest batch.</param>
    /// <param name="device">Where metrics and the objective's tensors are kept.</param>
    internal RunState(Recipe recipe, ImageData images, long largestBatch, Device device)
    {
        var shape = images.Shape;
        Guard = new(recipe.Guard, images);
        EarlyStopping = new(recipe.Train.EarlyStopping);
        Metrics = new(device);
        Isolated = recipe.Objective.Isolation is { } isolation ? new(isolation, images.Count, device) : null;
        Objective = new(
            recipe.Objective,
            new([largestBatch, shape.Channels, shape.Height, shape.Width], images.Classes, images.Count), device);
    }

    /// <summary>The run's position.</summary>
    public TrainingPosition Position { get; } = new();

    /// <summary>Watches for a collapse.</summary>
    public CollapseGuard Guard { get; }

    /// <summary>Ends training early where the recipe asks for it.</summary>
    public EarlyStopping EarlyStopping { get; }

    internal StepMetricsAccumulator Metrics { get; }

    internal ObjectiveState Objective { get; }

    /// <summary>The rows that are set apart for the objective; null where it asks for none.</summary>
    internal IsolatedRows? Isolated { get; }

    /// <summary>The parts that a checkpoint holds besides the position.</summary>
    internal IReadOnlyList<ICheckpointed> Parts =>
        [Metrics, Objective, Guard, EarlyStopping, .. Isolated is null ? (ICheckpointed[])[] : [Isolated]];

    /// <summary>Whether a tensor of a checkpoint's state is one that the objective asks for.</summary>
    internal static bool IsOfObjective(string key) =>
        key.Split('.')[0] is ObjectiveState.Part or IsolatedRows.Part or NaturalTraining.Part;

    /// <inheritdoc/>
    public void Dispose()
    {
        Metrics.Dispose();
        Objective.Dispose();
        Isolated?.Dispose();
    }
}
