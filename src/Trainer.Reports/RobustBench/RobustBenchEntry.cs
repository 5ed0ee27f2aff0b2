using System.Globalization;
using System.Text.Json.Nodes;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Recipes;
using Trainer.Reports.Comparison;
using Trainer.Reports.Markup;
using Trainer.Robustness.Components;
using Trainer.Robustness.Metrics;
using Trainer.Robustness.Threats;

namespace Trainer.Reports.RobustBench;

/// <summary>
/// A run's best checkpoint as an entry of RobustBench: from what the run's evaluations measured, and nothing else.
/// </summary>
public sealed class RobustBenchEntry
{
    private readonly ModelInfo info;
    private readonly string issue;

    private RobustBenchEntry(ModelInfo info, string issue, IReadOnlyList<string> notes) =>
        (this.info, this.issue, Notes) = (info, issue, notes);

    /// <summary>What a reader of the entry must know or do.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Reads an entry. Changes nothing in the run.</summary>
    /// <param name="path">The run folder.</param>
    /// <param name="details">What the run does not record.</param>
    /// <param name="registry">The components that its recipe may name.</param>
    /// <param name="warn">Takes what is damaged there.</param>
    /// <exception cref="TrainerException">
    /// It is no run folder, or has no AutoAttack of the best checkpoint on all test images.
    /// </exception>
    public static RobustBenchEntry Of(
        string path, PaperDetails details, ComponentRegistry registry, Action<string> warn)
    {
        var run = RunRecord.Read(path, damaged => warn($"{damaged}"));
        var checkpoint = CheckpointEvaluations.Of(
            run, [.. run.Evaluations, .. run.Interrupted], run.Name, registry, warn);
        var evaluations = (checkpoint.GetValueOrDefault("best") ?? checkpoint.GetValueOrDefault("last") ?? [])
            .Where(run.IsOwn).ToList();
        var evaluation = evaluations
            .Where(one => one.IsFinished && one.Attack == "autoattack" && IsOfRecipe(one, run.Recipe))
            .MaxBy(one => one.Last.Count);
        var all = run.Finals.Max(line => line.AllTest?.Examples);
        if (evaluation is null || all > evaluation.Last.Count)
            throw new TrainerException(
                ErrorKind.Checkpoint, $"'{path}': found "
                + (evaluation is null ? "no AutoAttack"
                : $"AutoAttack on {Quantity.Of(evaluation.Last.Count, "image")}")
                + $" of the best checkpoint under {Format.Threat(run.Recipe)}, expected it on "
                + (all is { } count ? $"all {Format.Count(count)} test images" : "all test images")
                + $". Measure it with: trainer evaluate '{path}' --attack autoattack --examples "
                + (all is { } number ? $"{number}" : "N, with the number of test images for N"));
        var threat = WorstCase.ThreatOf(evaluation.Identity.Threat)!;
        var worst = WorstCase.Of(evaluations.Where(one => one.Identity.Data == evaluation.Identity.Data), threat);
        var (external, by) = worst.Beyond(evaluation);
        var lower = string.Join(" + ", by);
        var info = Info(run, evaluation, details);
        if (by.Count > 0)
        {
            info = info with
            {
                External = Percent(external),
                Footnote = info.Footnote ?? $"{Percent(external)}% robust accuracy is due to {lower}",
            };
        }
        var method = $"AutoAttack (standard) on {Quantity.Of(evaluation.Last.Count, "test image")}, computed by "
            + $"Trainer: {info.AutoattackAcc}%" + (info.External is null ? "" : $"; {info.External}% with {lower}");
        return new(
            info, NewModelIssue.Of(info, $"{threat.Norm}", method),
            [.. Remarks(run, info, threat, evaluation.Last.Count, lower)]);
    }

    /// <summary>
    /// Writes the JSON file, and beside it a Markdown file with the row of RobustBench's tables and the issue that
    /// submits the model.
    /// </summary>
    /// <param name="file">The JSON file, named like the model there: Rice2020Overfitting.json.</param>
    /// <returns>Both files.</returns>
    /// <exception cref="TrainerException">One cannot be written.</exception>
    public IReadOnlyList<string> Write(string file)
    {
        var submission = Path.ChangeExtension(file, ".md");
        info.Write(file);
        Engine.Storage.AtomicFile.WriteResult(
            submission, info.Row(Path.GetFileNameWithoutExtension(file)) + $"\n\n{issue}");
        return [file, submission];
    }

    private static ModelInfo Info(RunRecord run, EvaluationRecord evaluation, PaperDetails details)
    {
        var robust = Percent(Correct(evaluation.Last));
        return new()
        {
            Link = details.Link,
            Name = details.Title,
            Authors = details.Authors,
            Venue = details.Venue,
            Footnote = details.Footnote,
            // Weights of elsewhere may have seen other images.
            AdditionalData = run.Recipe["model"]?["weights"] is not null ? null
                : run.Recipe["data"]?["extra"] is null ? false : null,
            NumberForwardPasses = 1,
            Dataset = (string?)run.Recipe["data"]?["type"] switch
            {
                "cifar-10" => "cifar10",
                "cifar-100" => "cifar100",
                _ => null,
            },
            Architecture = details.Architecture ?? Architecture(run.Recipe["model"]),
            Eps = Format.Radius((double?)run.Recipe["threat"]?["epsilon"] ?? double.NaN),
            CleanAcc = Percent(Correct(evaluation.Clean)),
            Reported = robust,
            AutoattackAcc = robust,
        };
    }

    private static IEnumerable<string> Remarks(
        RunRecord run, ModelInfo info, ThreatModel threat, int images, string lower)
    {
        if (run.Finals.Count == 0)
            yield return $"the accuracies are of {Quantity.Of(images, "image")}: check that these are all test images, "
                + "which the run, without a final evaluation, does not record";
        if (info.Missing.Count > 0)
            yield return $"null, to be filled in by hand: {string.Join(", ", info.Missing)}";
        var words = $"threat model {threat.Norm}, eps {info.Eps}, data "
            + (info.Dataset ?? run.Recipe["data"]?["type"]?.ToString());
        yield return info.Folder(threat) is { } folder ? $"{words}: the file belongs in {folder} of RobustBench"
            : info.Dataset is null && (string?)run.Recipe["data"]?["type"] is "image-folder" or "parquet"
            ? $"{words}: RobustBench has a leaderboard only if this is ImageNet, with L∞ 4/255"
            : $"{words}: RobustBench has no such leaderboard";
        if (info.External is not null)
            yield return $"other evaluations leave {info.External}% instead of {info.AutoattackAcc}% ({lower}): it is "
                + "the field external, by which RobustBench ranks models";
        foreach (var check in run.Checks.Where(check => check.Verdict == CheckVerdict.Flagged))
            yield return $"the masking check {check.Name} was flagged: AutoAttack may overestimate this robustness";
    }

    /// <summary>The architecture as RobustBench writes it, where it is one of those there.</summary>
    private static string? Architecture(JsonNode? model) => (string?)model?["type"] switch
    {
        "wide-resnet" or "deepmind-wide-resnet" => $"WideResNet-{model?["depth"]}-{model?["width"]}",
        "preact-resnet-18" when IsOfFullWidth(model) => "PreActResNet-18",
        "resnet-18" when IsOfFullWidth(model) => "ResNet-18",
        "preact-resnet-18" or "resnet-18" => null,
        "convnext" => ((int?)model?["dims"]?[0], (int?)model?["depths"]?[2]) switch
        {
            (96, 9) => "ConvNeXt-T + ConvStem",
            (96, 27) => "ConvNeXt-S + ConvStem",
            (128, 27) => "ConvNeXt-B + ConvStem",
            (192, 27) => "ConvNeXt-L + ConvStem",
            _ => "ConvNeXt + ConvStem",
        },
        "vit" => (int?)model?["dim"] switch
        {
            384 => "ViT-S + ConvStem",
            768 => "ViT-B + ConvStem",
            _ => "ViT + ConvStem",
        },
        "xcit" => ((int?)model?["dim"], (int?)model?["depth"]) switch
        {
            (384, 12) => "XCiT-S12",
            (512, 12) => "XCiT-M12",
            (768, 12) => "XCiT-L12",
            _ => "XCiT",
        },
        var other => other,
    };

    private static bool IsOfFullWidth(JsonNode? model) => (int?)model?["width"] is null or 64;

    private static bool IsOfRecipe(EvaluationRecord record, JsonObject recipe) =>
        Format.ThreatOfIdentity(record.Identity.Threat) == Format.Threat(recipe);

    private static Accuracy Correct(IReadOnlyList<Engine.Evaluation.Ledgers.LedgerExample> examples) =>
        new(examples.Count(example => example.BrokenBy is null), examples.Count);

    private static string Percent(Accuracy accuracy) =>
        (100 * accuracy.Value).ToString("F2", CultureInfo.InvariantCulture);
}
