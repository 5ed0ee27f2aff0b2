using System.Globalization;
using Serilog;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Engine.Networks;
using Trainer.Engine.Optimization;
using Trainer.Recipes;
using Trainer.Recipes.Binding;
using Trainer.Recipes.Parsing;

namespace Trainer.Engine.Training;

/// <summary>What only a run that is to be trained has to satisfy: finished ones are read all the same.</summary>
public static class TrainingChecks
{
    private const string NoImages = "train.earlyStopping: waits for a metric on held-out images, and there are none; "
        + "expected data.validation above 0, or no early stopping.";

    private const string NoAttack = "train.earlyStopping: waits for robust accuracy (checkpoint.monitor), and "
        + "evaluate.attacks is empty; expected an attack, or \"checkpoint\": { \"monitor\": \"validation.clean\" }.";

    private const string NoBest = "data.validation: no image is held out, so that nothing is measured after an epoch "
        + "and no checkpoint is the best one. Hold images out, for example 1000, to select a checkpoint by them.";

    private const string NoRobust = "evaluate.attacks: empty, so that robust accuracy on held-out images, which "
        + "selects the best checkpoint (checkpoint.monitor), is not measured. Add an attack, or monitor "
        + "validation.clean.";

    private const string CleanStatistics = "average: swa estimates batch norm's statistics on clean images, "
        + "and the set "
        + "that is evaluated is that of adversarial ones (batchNorm.evaluate); expected ema, or "
        + "\"batchNorm\": { \"evaluate\": \"clean\" }.";

    /// <summary>Checks recipe and data, and logs what may surprise.</summary>
    /// <exception cref="TrainerException">They do not fit together.</exception>
    public static void Run(TrainingRun run, ILogger log)
    {
        var (recipe, data) = (run.Recipe, run.Data);
        var stops = recipe.Train.EarlyStopping is not null;
        if (stops && data.Validation.Count == 0)
            throw new TrainerException(ErrorKind.Recipe, NoImages);
        if (stops && LacksAttack(recipe, recipe.Checkpoint.Monitor))
            throw new TrainerException(ErrorKind.Recipe, NoAttack);
        if (recipe is { Average: Swa, BatchNorm: { Sets: 2, Evaluate: BatchNormSet.Adversarial } })
            throw new TrainerException(ErrorKind.Recipe, CleanStatistics);
        foreach (var caution in Cautions(run))
            log.Warning("{Caution:l}", caution);
        foreach (var shortage in Shortage.OfTraining(recipe.EvaluationPlan, recipe.Logging.ReportExamples, data))
            log.Information("{Shortage:l}", shortage);
    }

    /// <summary>Refuses radii and steps that are larger than the box of the run's images.</summary>
    /// <exception cref="TrainerException">There are such ones.</exception>
    public static void CheckUnits(TrainingRun run)
    {
        var (recipe, shape) = (run.Recipe, run.Data.Train.Shape);
        EvaluationPlan.Check(EvaluationPlan.Conflicts(recipe.Threat, recipe.Evaluate, shape)
            .Concat(new ImageUnits(shape).Within("objective", recipe.Objective, recipe.Threat.Norm)));
    }

    /// <summary>
    /// Warnings about attacks, what begins after the end of the run, extra images, the warm-up of ε and the noise of
    /// certificates; a sentence or two each.
    /// </summary>
    public static IEnumerable<string> Cautions(TrainingRun run)
    {
        var (recipe, epochs) = (run.Recipe, run.Plan.Epochs);
        var attacks = recipe.Evaluate.Attacks.Concat(recipe.Evaluate.Final.Select(final => final.Attack));
        var warmup = recipe.Train.EpsilonWarmupEpochs;
        return attacks.Select(attack => attack.Caution(run.Data.Train.Classes))
            .Append(recipe.Evaluate.Checks > 0 ? MaskingChecks.Caution(run.Data.Train.Classes) : null)
            .Append(recipe.Objective.Caution(epochs, warmup))
            .Append(recipe.Objective.LearningRate(1) is null ? recipe.Schedule.Caution(epochs) : null)
            .Append(recipe.Average?.Caution(epochs))
            .Append(run.Data.Extra?.Description.Caution(epochs))
            .Append(warmup <= epochs ? null : string.Create(
                CultureInfo.InvariantCulture,
                $"train.epsilonWarmupEpochs: ε rises over {warmup} epochs, and the run has {epochs}: it ends with "
                + $"{recipe.Threat.Epsilon * epochs / warmup:G3} in the place of {recipe.Threat.Epsilon:G3}. Set it to "
                + $"at most {epochs}, or train longer."))
            .Append(OtherNoise(recipe))
            .Append(run.Data.Validation.Count == 0 ? NoBest
                : LacksAttack(recipe, recipe.Checkpoint.Monitor) ? NoRobust : null)
            .OfType<string>().Distinct();
    }

    /// <summary>Why the best checkpoint of a run has no metric: "found …"; null where it has.</summary>
    /// <param name="recipe">The run's recipe.</param>
    /// <param name="metric">The metric.</param>
    public static string? Unselectable(ResolvedRecipe<Recipe> recipe, MonitoredMetric metric)
    {
        var found = $"found \"{RecipeValue.Word(metric)}\" of the best checkpoint, but ";
        return recipe.Value.Evaluate.Lacks(metric) is { } lacks ? lacks
            : recipe.Tree["data"]?["validation"]?.Text == "0"
                ? found + "no image is held out; expected data.validation above 0"
            : LacksAttack(recipe.Value, metric)
                ? found + "evaluate.attacks is empty; add an attack, or expected \"validation.clean\""
            : LacksAttack(recipe.Value, recipe.Value.Checkpoint.Monitor)
                ? found + "evaluate.attacks is empty, and checkpoint.monitor is \"validation.robust\"; add an attack, "
                + "or expected another checkpoint.monitor"
            : null;
    }

    /// <summary>
    /// A metric and what it is measured on: the same text for two recipes whose values can be compared.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="metric">A metric on held-out images.</param>
    public static string Measurement(Recipe recipe, MonitoredMetric metric) =>
        $"{RecipeValue.Word(metric)} of {Quantity.Of(recipe.Evaluate.Examples, "image")}"
        + (metric == MonitoredMetric.ValidationClean ? ""
        : $" in {recipe.Threat} under {RecipeText.Line(RecipeValue.ToNode(recipe.Evaluate.Attacks))}");

    private static bool LacksAttack(Recipe recipe, MonitoredMetric metric) =>
        metric == MonitoredMetric.ValidationRobust && recipe.Evaluate.Attacks.Count == 0;

    private static string? OtherNoise(Recipe recipe) => recipe.Evaluate.Certify is { } certify
        && RecipeValue.ToNode(recipe.Objective).Members.FirstOrDefault(one => one.Key == "sigma").Value is { } node
        && double.Parse(node.Text, CultureInfo.InvariantCulture) is var trained && trained != certify.Sigma
        ? string.Create(CultureInfo.InvariantCulture, $"evaluate.certify.sigma is {certify.Sigma}, and objective.sigma "
        + $"{trained}: certified radii are usually largest where both are the same.")
        : null;
}
