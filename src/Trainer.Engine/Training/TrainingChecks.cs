using Serilog;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Networks;
using Trainer.Engine.Optimization;
using Trainer.Recipes;

namespace Trainer.Engine.Training;

/// <summary>What only a run that is to be trained has to satisfy: finished ones are read all the same.</summary>
internal static class TrainingChecks
{
    private const string NoImages = "train.earlyStopping: waits for a metric on held-out images, and there are none; "
        + "expected data.validation above 0, or no early stopping.";

    private const string NoAttack = "train.earlyStopping: waits for robust accuracy (checkpoint.monitor), and "
        + "evaluate.attacks is empty; expected an attack, or \"checkpoint\": { \"monitor\": \"validation.clean\" }.";

    private const string CleanStatistics = "average: swa estimates batch norm's statistics on clean images, "
        + "and the set "
        + "that is evaluated is that of adversarial ones (batchNorm.evaluate); expected ema, or "
        + "\"batchNorm\": { \"evaluate\": \"clean\" }.";

    /// <summary>Checks recipe and data, and logs what may surprise.</summary>
    /// <exception cref="TrainerException">They do not fit together.</exception>
    public static void Run(Recipe recipe, DataSplits data, ILogger log)
    {
        var (evaluate, stops) = (recipe.Evaluate, recipe.Train.EarlyStopping is not null);
        if (stops && data.Validation.Count == 0)
            throw new TrainerException(ErrorKind.Recipe, NoImages);
        if (stops && recipe.Checkpoint.Monitor == MonitoredMetric.ValidationRobust && evaluate.Attacks.Count == 0)
            throw new TrainerException(ErrorKind.Recipe, NoAttack);
        if (recipe is { Average: Swa, BatchNorm: { Sets: 2, Evaluate: BatchNormSet.Adversarial } })
            throw new TrainerException(ErrorKind.Recipe, CleanStatistics);
        var attacks = evaluate.Attacks.Concat(evaluate.Final.Select(final => final.Attack));
        foreach (var caution in attacks.Select(attack => attack.Caution(data.Train.Classes)).OfType<string>()
            .Distinct())
            log.Warning("{Caution:l}", caution);
        foreach (var shortage in Shortage.OfTraining(recipe.EvaluationPlan, recipe.Logging.ReportExamples, data))
            log.Information("{Shortage:l}", shortage);
    }
}
