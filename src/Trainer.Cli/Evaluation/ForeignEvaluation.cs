using Trainer.Engine.Data;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Networks;
using Trainer.Engine.Weights;
using Trainer.Engine.Weights.Foreign;
using Trainer.Recipes;

namespace Trainer.Cli.Evaluation;

/// <summary>What the evaluation of a network from elsewhere is, and what it cannot be.</summary>
internal static class ForeignEvaluation
{
    /// <summary>How the network is evaluated.</summary>
    /// <param name="network">The network.</param>
    /// <param name="data">The images.</param>
    /// <param name="ledgers">The folder of ledgers that the command line names; null for none.</param>
    /// <exception cref="TrainerException">A ledger is asked for, and nothing identifies the network.</exception>
    public static string Describe(ForeignNetwork network, ImageData data, string? ledgers) =>
        network is ProgramNetwork { IsServer: true } && ledgers is not null
            ? throw new TrainerException(ErrorKind.Recipe, $"--ledger: nothing shows whether '{network.Source}' is the "
            + "same network at the next start. Leave it out.")
            : $"measures {network.Kind} for {data.Classes} classes of {data.Shape} images in [0, 1], "
            + WeightsDescription.Words(network.Normalisation);

    /// <summary>That a network has no gradients.</summary>
    /// <param name="path">The network's file.</param>
    /// <param name="plan">Its evaluations.</param>
    /// <param name="hasChecks">Whether there are masking checks.</param>
    /// <exception cref="TrainerException">An attack or the checks need them.</exception>
    public static string WithoutGradients(string path, EvaluationPlan plan, bool hasChecks)
    {
        var attack = plan.Evaluate.Final.Select(final => final.Attack).FirstOrDefault(attack => attack.NeedsGradients);
        return attack is null && !hasChecks
            ? $"'{path}' cannot be differentiated: attacks that need no gradients are the only ones for it"
            : throw new TrainerException(ErrorKind.Recipe,
                $"{(attack is null ? "--checks" : attack.Name)} needs gradients, and '{path}' has none: its "
                + "logits cannot be differentiated. Name an attack without them: --attack square, hopskipjump, or "
                + "transfer from another network.");
    }
}
