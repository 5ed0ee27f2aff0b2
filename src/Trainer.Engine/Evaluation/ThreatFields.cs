using Trainer.Recipes.Binding;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation;

/// <summary>A threat model as recipes write it.</summary>
/// <param name="Norm">"linf", "l2" or "l1".</param>
/// <param name="Epsilon">The radius.</param>
public sealed record ThreatFields(string Norm, double Epsilon)
{
    /// <summary>Those of a threat model.</summary>
    public static ThreatFields Of(ThreatModel threat) => new(RecipeValue.Word(threat.Norm), threat.Epsilon);
}
