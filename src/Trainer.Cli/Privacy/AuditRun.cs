using System.Globalization;
using Spectre.Console;
using Trainer.Cli.Training;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Privacy;
using Trainer.Engine.Metrics;
using Trainer.Engine.Settings;
using Trainer.Engine.Training;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;

namespace Trainer.Cli.Privacy;

/// <summary>Audits a checkpoint, and prints what came of it.</summary>
/// <param name="source">The weights.</param>
/// <param name="checkpoint">Their checkpoint.</param>
/// <param name="registry">The components that its recipe may name.</param>
/// <param name="settings">The machine's.</param>
internal sealed class AuditRun(
    WeightsSource source, Checkpoint checkpoint, ComponentRegistry registry, MachineSettings settings)
{
    /// <summary>The method; null for every one that is possible.</summary>
    public PrivacyAttack? Method { get; init; }

    /// <summary>Which of its run's checkpoints it is; null for neither the best nor the latest.</summary>
    public required RunCheckpoint? Checkpoint { get; init; }

    /// <summary>How many members at most; null for as many as there are.</summary>
    public int? Examples { get; init; }

    /// <summary>The shadow runs.</summary>
    public required ShadowRuns Shadows { get; init; }

    /// <summary>Whether the command line names their folder.</summary>
    public bool NamesShadows { get; init; }

    /// <summary>How many shadow runs to train; null for none.</summary>
    public int? TrainShadows { get; init; }

    /// <summary>The folder to write.</summary>
    public required string Output { get; init; }

    /// <summary>How many CPU threads; null for the run's number.</summary>
    public int? Threads { get; init; }

    /// <summary>Audits.</summary>
    /// <returns>The exit code: 0, or a signal's.</returns>
    /// <exception cref="TrainerException">The run cannot be audited, or a shadow run is at fault.</exception>
    public int Run()
    {
        var recipe = Read();
        var uses = UsesShadows(recipe);
        var attack = Attack(recipe);
        TrialProcess.Run(recipe.Model, Environment.GetCommandLineArgs()[1..]);
        var device = DeviceChoice.Resolve(recipe.Device);
        UseThreads();
        var without = recipe.Data.Subset is null ? recipe : Read("data.subset=null");
        using var pool = without.Data.Load(settings.DataRoots).To(device);
        var examples = AuditedExamples.Of(pool, recipe.Data.Subset, checkpoint, Examples, recipe.Seed);
        AuditedModel target;
        using (var saved = new SavedClassifier(source, recipe.EvaluationPlan, pool, device))
        {
            if (TrialProcess.IsChild)
                return 0;
            // As before the training of shadow runs, so that all networks are computed alike.
            recipe.Objective.Prepare(saved.Classifier);
            Note($"{examples.Count:N0} members and as many non-members: {examples.NonMembersAre}");
            if (uses)
                Note($"target and shadow runs at their {Checkpoint!.Name} checkpoints");
            target = AuditedModel.Target(
                saved, examples, recipe.Evaluate.BatchSize, attack, recipe.Threat, recipe.Seed);
        }
        if (TrainShadows is { } count && Shadows.Train(count) is > 0 and var exitCode)
            return exitCode;
        UseThreads();
        var shadows = uses ? Shadows.Find().Select(shadow => Ask(shadow.Source, shadow.Recipe, pool, device, examples))
            .ToList() : [];
        if (shadows.Count > 0)
            Note($"{Quantity.Of(shadows.Count, "shadow run")} of {Shadows.Folder}");
        var methods = Method is { } one ? [one] : Enum.GetValues<PrivacyAttack>();
        AuditedModel.CheckShadows(shadows, methods);
        new PrivacyAuditor(examples, recipe.Seed)
        {
            Methods = methods,
            Checkpoint = Checkpoint?.Name,
            Found = Print,
        }.Run(target, shadows, source.Path, Output);
        Console.Out.WriteLine($"Results, scores and the most exposed images are in {Output}");
        return 0;
    }

    private Recipe Read(params string[] set) => RecipeLoader.FromText<Recipe>(
        checkpoint.State.Recipe.ToJsonString(), source.Path, registry, set).Value;

    private void UseThreads() =>
        Engine.Devices.Threads.Use(Engine.Devices.Threads.Choose(Threads, checkpoint.State.Threads));

    private static AuditedModel Ask(
        WeightsSource shadow, Recipe recipe, DataSplits pool, Device device, AuditedExamples examples)
    {
        using var saved = new SavedClassifier(shadow, recipe.EvaluationPlan, pool, device);
        return AuditedModel.Shadow(
            saved.Classifier, examples, recipe.Evaluate.BatchSize, pool, recipe.Data.Subset!, shadow.Checkpoint!);
    }

    /// <summary>The attack that makes adversarial images; null where the method needs none.</summary>
    /// <exception cref="TrainerException">The method needs one, and the recipe has none.</exception>
    private IAttack? Attack(Recipe recipe) => Method is not (null or PrivacyAttack.AdversarialConfidence) ? null
        : recipe.Evaluate.Attacks is [var first, ..] ? first
        : Method is null ? null
        : throw new TrainerException(
            ErrorKind.Recipe, "evaluate.attacks: the run has none, and "
            + $"--method {PrivacyAuditor.Name(PrivacyAttack.AdversarialConfidence)} reads the confidence in images of "
            + "its first. Expected a run whose recipe names one, or another --method.");

    /// <summary>Whether shadow runs are used; not where a method needs none, or there are none by default.</summary>
    /// <exception cref="TrainerException">They are asked for, and there are none or the run does not fit.</exception>
    private bool UsesShadows(Recipe recipe)
    {
        if (Method is { } none && !PrivacyAuditor.NeedsShadows(none))
        {
            return !NamesShadows && TrainShadows is null ? false
                : throw Fault($"--shadows and --train-shadows are not for --method {PrivacyAuditor.Name(none)}, which "
                    + "needs no shadow run. Leave them out");
        }
        var exist = Directory.Exists(Shadows.Folder);
        if (Method is null && TrainShadows is null && !NamesShadows && !exist)
            return false;
        if (recipe.Data.Subset is not { Fraction: ShadowRuns.Fraction })
            throw Fault("shadow runs are trained on random halves of the training rows, and the audited run was not, "
                + "so that they tell nothing of its own. Train it with --set 'data.subset={\"seed\":0}'");
        if (Checkpoint is null)
            throw Fault($"'{source.Path}' is neither the best nor the latest checkpoint of its run, and shadow runs "
                + "are measured at the one that the audited run is measured at. Name the run, its file latest, or a "
                + "--method without shadow runs");
        if (!Shadows.IsTargetFinished)
            throw Fault("shadow runs are finished ones, and the audited run is not. Resume it first, or name a "
                + "--method without shadow runs");
        if (Shadows.Repair is { } repair && (TrainShadows is not null || !exist))
            throw Fault($"shadow runs are trained by the recipe alone, and the audited run was then repaired by "
                + $"{repair}. Train those of the run before its repair, repair each of them with the same options, and "
                + "name the folder of the repaired ones with --shadows");
        if (TrainShadows is null && !exist)
            throw Fault($"--method {PrivacyAuditor.Name(Method ?? PrivacyAttack.LiraOnline)} needs shadow runs, and "
                + $"there is no folder '{Shadows.Folder}'. Add --train-shadows 16, or name another "
                + "with --shadows");
        return true;
    }

    private static void Print(PrivacyReport report)
    {
        var screen = Screen.Create();
        var table = Screen.Table(
            "method", "AUC", "balanced %", "95 % interval", "TPR % at 0.1 % FPR", "95 % interval", "TPR % at 1 % FPR",
            "95 % interval");
        foreach (var method in report.Methods)
            table.AddRow(
                [
                    method.Name, method.Auc.ToString("F3", CultureInfo.InvariantCulture),
                    .. Cells(method.Balanced), .. method.Rates.SelectMany(rate => Cells(rate.Rate)),
                ]);
        screen.Write(table);
        foreach (var accuracy in report.Accuracies)
            screen.WriteLine($"accuracy, {accuracy.Images}: {FinalTable.Percent(accuracy.OnMembers)} % on the members, "
                + $"{FinalTable.Percent(accuracy.OnNonMembers)} % on the non-members");
    }

    private static string[] Cells(ShareMetrics share) =>
    [
        FinalTable.Percent(share.Value),
        FinalTable.Interval(share.Interval[0], share.Interval[1]),
    ];

    private static void Note(FormattableString text) =>
        Console.Error.WriteLine($"note: {text.ToString(CultureInfo.InvariantCulture)}");

    private static TrainerException Fault(string message) => new(ErrorKind.Recipe, $"{message}.");
}
