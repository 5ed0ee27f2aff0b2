using System.Globalization;
using System.Text.Json;
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
    /// Epochs of training on the clean images; null for 100. Of nad those of teacher and student each; null for 10, as
    /// in BackdoorBench.
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
        RepairMethod.FineTuning => Training,
        RepairMethod.FinePruning => new FinePruning(MaxDrop, Training),
        RepairMethod.Nad => new AttentionDistillation(Training),
        RepairMethod.Anp => new NeuronPruning(MaxDrop, Iterations),
        _ => throw new ArgumentOutOfRangeException(nameof(Method), Method, "Not a method of repair."),
    };

    /// <summary>Whether the method trains on the clean images: it uses epochs and learning rate.</summary>
    public bool Trains => Method != RepairMethod.Anp;

    /// <summary>Whether it prunes: it uses the bound of clean accuracy.</summary>
    public bool Prunes => Method is RepairMethod.FinePruning or RepairMethod.Anp;

    /// <summary>Whether it learns masks: it uses iterations.</summary>
    public bool UsesMasks => Method == RepairMethod.Anp;

    /// <summary>The method's name on the command line.</summary>
    public string Name => JsonNamingPolicy.KebabCaseLower.ConvertName($"{Method}");

    /// <summary>The method and the options that it uses, as on the command line.</summary>
    internal string Procedure => string.Create(CultureInfo.InvariantCulture, $"{Name} --share {Share}")
        + (Trains ? string.Create(
            CultureInfo.InvariantCulture, $" --epochs {Length} --learning-rate {LearningRate}") : "")
        + (Prunes ? string.Create(CultureInfo.InvariantCulture, $" --max-drop {MaxDrop}") : "")
        + (UsesMasks ? $" --iterations {Iterations}" : "");

    private int Length => Epochs ?? (Method == RepairMethod.Nad ? 10 : 100);

    private FineTuning Training => new(Length, LearningRate);
}
