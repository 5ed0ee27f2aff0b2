using Trainer.Robustness.Components;

namespace Trainer.Engine.Repair;

/// <summary>How a trained network is repaired.</summary>
public sealed record RepairOptions
{
    /// <summary>The method.</summary>
    public required RepairMethod Method { get; init; }

    /// <summary>The clean images that the defender has, as a share of all training images.</summary>
    [Fraction] public double Share { get; init => field = Require.Fraction(value); } = 0.05;

    /// <summary>
    /// Epochs of training on the clean images, of teacher and student each; null for 100, and 10 of nad, as in
    /// BackdoorBench.
    /// </summary>
    [AtLeast(1)] public int? Epochs { get; init => field = Require.AtLeast(1, value); }

    /// <summary>The first learning rate of that training, which falls as half a cosine.</summary>
    [Positive] public double LearningRate { get; init => field = Require.Positive(value); } = 0.01;

    /// <summary>Of fine-pruning and anp: how far clean accuracy may fall by pruning.</summary>
    [Fraction] public double MaxDrop { get; init => field = Require.Fraction(value); } = 0.03;

    /// <summary>Of anp: how many steps the masks take.</summary>
    [AtLeast(1)] public int Iterations { get; init => field = Require.AtLeast(1, value); } = 2000;

    internal IRepair Repair => Method switch
    {
        RepairMethod.FineTuning => new FineTuning(Epochs ?? 100, LearningRate),
        RepairMethod.FinePruning => new FinePruning(MaxDrop, new FineTuning(Epochs ?? 100, LearningRate)),
        RepairMethod.Nad => new AttentionDistillation(new FineTuning(Epochs ?? 10, LearningRate)),
        RepairMethod.Anp => new NeuronPruning(MaxDrop, Iterations),
        _ => throw new ArgumentOutOfRangeException(nameof(Method), Method, "Not a method of repair."),
    };
}
