using Trainer.Robustness.Components;

namespace Trainer.Engine.Data.Encoded;

/// <summary>
/// When the images of a data set are read and decoded: once, into memory, or whenever they are needed. A run is the
/// same either way, bit for bit.
/// </summary>
public sealed record StreamOptions
{
    /// <summary>
    /// The memory for decoded images in GB (10⁹ bytes), on the training device. Training images, and then test images,
    /// that do not fit are decoded whenever they are needed.
    /// </summary>
    [AtLeast(0)] public double MemoryGB { get; init => field = Require.AtLeast(0, value); } = 4;

    /// <summary>How many threads decode; null for one on each processor core.</summary>
    [AtLeast(1)] public int? Workers { get; init => field = Require.AtLeast(1, value); }

    /// <summary>How many threads decode.</summary>
    internal int Threads => Workers ?? Environment.ProcessorCount;
}
