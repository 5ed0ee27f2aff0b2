using Trainer.Engine.Data;
using Trainer.Engine.Networks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation;

/// <summary>The plan of an evaluation whose network is no component: what a command line states of it.</summary>
public sealed record ForeignPlan : ICrossChecked
{
    /// <inheritdoc cref="EvaluationPlan.Data"/>
    public required IDataSource Data { get; init; }

    /// <inheritdoc cref="EvaluationPlan.Threat"/>
    public required ThreatModel Threat { get; init; }

    /// <inheritdoc cref="EvaluationPlan.Evaluate"/>
    public EvaluationOptions Evaluate { get; init; } = new();

    /// <inheritdoc cref="EvaluationPlan.Seed"/>
    public long Seed { get; init; }

    /// <inheritdoc/>
    public IEnumerable<RecipeConflict> Conflicts() => EvaluationPlan.Conflicts(Threat, Evaluate);

    /// <summary>The plan for a network. Other programs' networks are run on the CPU.</summary>
    public EvaluationPlan For(ForeignNetwork network) => new()
    {
        Data = Data,
        Model = network,
        Threat = Threat,
        Evaluate = Evaluate,
        Seed = Seed,
        Device = "cpu",
    };
}
