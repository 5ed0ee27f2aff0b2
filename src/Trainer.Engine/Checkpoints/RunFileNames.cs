namespace Trainer.Engine.Checkpoints;

/// <summary>Names of the files in a run folder.</summary>
internal static class RunFileNames
{
    public const string Recipe = "recipe.json";
    public const string Metrics = "metrics.jsonl";
    public const string Epochs = "epochs.csv";
    public const string Starts = "starts.jsonl";
    public const string Examination = "examination.json";
    public const string Report = "report.html";
    public const string Log = "log.txt";
    public const string Checks = "checks.json";
    public const string Suspicious = "suspicious.json";
    public const string Repair = "repair.json";
    public const string Privacy = "privacy";
    public const string Evaluations = "evaluations";
    public const string Collapses = "collapses.jsonl";
    public const string Usage = "usage.json";
    public const string Latest = "latest";
    public const string Best = "best";
    public const string Lock = ".lock";

    /// <summary>In the folder of a study, which has a lock and is no run.</summary>
    public const string Study = "study.json";

    /// <summary>Who has the lock: a locked file cannot be read.</summary>
    public const string Owner = ".owner";

    /// <summary>
    /// What a run writes into its folder under a name that a user may have given a file or folder, too.
    /// </summary>
    public static IReadOnlyList<string> Written { get; } =
    [
        Recipe, Metrics, Epochs, Starts, Examination, Report, Log, Checks, Suspicious, Repair, Privacy, Evaluations,
        Collapses, Usage, Latest, Best,
    ];
}
