using Trainer.Recipes.Binding;
using Trainer.Robustness.Components;

namespace Trainer.Tests.Recipes;

/// <summary>A recipe in small, so that these tests do not change with the real one.</summary>
public sealed record Sample(
    string Name,
    Ball Threat,
    ISampleObjective Objective,
    Training Train,
    Saving Checkpoint,
    ISampleAttack? Check = null,
    IReadOnlyList<ISampleAttack>? Final = null,
    long Seed = 0,
    string Device = "auto") : ICrossChecked
{
    public IReadOnlyList<ISampleAttack> Final { get; init; } = Final ?? [new SamplePgd(40)];

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
/// <param name="Norm">Its norm.</param>
/// <param name="Epsilon">Its radius.</param>
public sealed record Ball(Norm Norm, [property: AtLeast(0)] double Epsilon);

public sealed record Training(
    [property: AtLeast(1)] int Epochs, int BatchSize = 128, Precision Precision = Precision.Float32, long? MaxSteps = null, IReadOnlyList<int>? Milestones = null)
{
    public int BatchSize { get; init; } = BatchSize % 2 == 0 ? BatchSize
        : throw new ArgumentException($"Found {BatchSize}, expected an even number.", nameof(BatchSize));
}

public sealed record Saving(int KeepLast = 2, string Monitor = "robust", bool Compress = false, [property: Between(0, 1)] double Share = 0.5);

[ComponentKind("sample attacks")]
public interface ISampleAttack;

[ComponentKind("sample objectives")]
public interface ISampleObjective;

[Component("pgd")]
public sealed record SamplePgd([property: AtLeast(0)] int Steps, [property: Positive] double? StepSize = null, bool RandomStart = true, Norm? Norm = null) : ISampleAttack;

[Component("fgsm")]
public sealed record SampleFgsm : ISampleAttack;

[Component("broken")]
public sealed record SampleBroken : ISampleAttack
{
    public SampleBroken() => throw new InvalidOperationException("No licence for this attack.");
}

[Component("pgd-at")]
public sealed record SamplePgdAt(ISampleAttack Attack) : ISampleObjective;

[Component("trades")]
public sealed record SampleTrades(ISampleAttack Attack, double Beta = 6) : ISampleObjective;
