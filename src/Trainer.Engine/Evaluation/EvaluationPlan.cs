using Trainer.Engine.Data;
using Trainer.Robustness.Models;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation;

/// <summary>What an evaluation measures, and how.</summary>
/// <param name="Model">The network's architecture.</param>
/// <param name="Data">The data set whose test images are attacked.</param>
/// <param name="Threat">The admissible perturbations, where a final evaluation has none of its own.</param>
/// <param name="Evaluate">The evaluations, which of a checkpoint's weights they measure, and the size of their blocks.</param>
/// <param name="Seed">The evaluation's random draws are a function of it.</param>
public sealed record EvaluationPlan(IArchitecture Model, IDataSource Data, ThreatModel Threat, EvaluateOptions Evaluate, long Seed)
{
    /// <summary>The plan with another number of images for the masking checks.</summary>
    public EvaluationPlan WithChecks(int? images) => this with { Evaluate = Evaluate with { Checks = images } };
}
