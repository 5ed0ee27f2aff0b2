using Trainer.Recipes.Binding;
using Trainer.Robustness.Components;

namespace Trainer.Tests.Recipes;

/// <summary>A recipe in small, so that these tests do not change with the real one.</summary>
[ConfiguresLogs]
public sealed record Sample : ICrossChecked
{
    public required string Name { get; init; }

    public required Ball Threat { get; init; }

    public required ISampleObjective Objective { get; init; }

    public required Training Train { get; init; }

    public Saving Checkpoint { get; init; } = new();

    public ISampleAttack? Check { get; init; }

    public IReadOnlyList<ISampleAttack> Final { get; init; } = [new SamplePgd { Steps = 40 }];

    public long Seed { get; init; }

    public string Device { get; init; } = "auto";

    public IEnumerable<RecipeConflict> Conflicts()
    {
        if (Train.Precision == Precision.Bfloat16 && Device == "cpu")
            yield return new("train.precision", "found \"bfloat16\" with the device \"cpu\", expected \"float32\"");
    }
}

public enum Norm
{
    Linf,
    L2,
}

public enum Precision
{
    Float32,
    Tf32,
    Bfloat16,
}

/// <summary>A ball.</summary>
public sealed record Ball
{
    /// <summary>Its norm.</summary>
    public required Norm Norm { get; init; }

    /// <summary>Its radius.</summary>
    [AtLeast(0)] public required double Epsilon { get; init => field = Require.AtLeast(0, value); }
}

public sealed record Training
{
    [AtLeast(1)] public required int Epochs { get; init => field = Require.AtLeast(1, value); }

    public int BatchSize
    {
        get;
        init => field = value % 2 == 0 ? value : throw new ArgumentException(
            $"Found {value}, expected an even number.", nameof(BatchSize));
    } = 128;

    public Precision Precision { get; init; } = Precision.Float32;

    public long? MaxSteps { get; init; }

    public IReadOnlyList<int>? Milestones { get; init; }
}

public sealed record Saving
{
    public int KeepLast { get; init; } = 2;

    public string Monitor { get; init; } = "robust";

    public bool Compress { get; init; }

    [Between(0, 1)] public double Share { get; init => field = Require.Between(0, 1, value); } = 0.5;
}

[ComponentKind("sample attacks")]
public interface ISampleAttack;

[ComponentKind("sample objectives")]
public interface ISampleObjective;

[Component("pgd")]
public sealed record SamplePgd : ISampleAttack
{
    [AtLeast(0)] public required int Steps { get; init => field = Require.AtLeast(0, value); }

    [Positive] public double? StepSize { get; init => field = Require.Positive(value); }

    public bool RandomStart { get; init; } = true;

    public Norm? Norm { get; init; }
}

[Component("fgsm")]
public sealed record SampleFgsm : ISampleAttack;

[Component("broken")]
public sealed record SampleBroken : ISampleAttack
{
    public SampleBroken() => throw new InvalidOperationException("No licence for this attack.");
}

[Component("pgd-at")]
public sealed record SamplePgdAt : ISampleObjective
{
    public required ISampleAttack Attack { get; init; }
}

[Component("trades")]
public sealed record SampleTrades : ISampleObjective
{
    public required ISampleAttack Attack { get; init; }

    public double Beta { get; init; } = 6;
}
