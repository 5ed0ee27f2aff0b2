using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Trainer.Engine.Storage;
using Trainer.Robustness.Threats;

namespace Trainer.Reports.RobustBench;

/// <summary>
/// An entry of RobustBench (Croce et al. 2021, arXiv:2010.09670), with the fields of its model_info files. What is not
/// known is null, to be filled in by hand, as in the files that its own benchmark writes.
/// </summary>
internal sealed record ModelInfo
{
    // Of the data sets that recipes name; ImageNet's is L∞ 4/255.
    private static readonly (string? Dataset, Norm Norm, double Epsilon)[] Leaderboards =
        [("cifar10", Norm.Linf, 8 / 255.0), ("cifar10", Norm.L2, 0.5), ("cifar100", Norm.Linf, 8 / 255.0)];

    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The paper's address.</summary>
    public string? Link { get; init; }

    /// <summary>The paper's title.</summary>
    public string? Name { get; init; }

    /// <summary>The paper's authors.</summary>
    public string? Authors { get; init; }

    /// <summary>Whether other images than the data set's were trained on.</summary>
    public bool? AdditionalData { get; init; }

    /// <summary>Forward passes of a prediction.</summary>
    public int? NumberForwardPasses { get; init; }

    /// <summary>cifar10, cifar100 or imagenet.</summary>
    public string? Dataset { get; init; }

    /// <summary>Where the paper was published.</summary>
    public string? Venue { get; init; }

    /// <summary>The network.</summary>
    public string? Architecture { get; init; }

    /// <summary>The radius: "8/255".</summary>
    public required string Eps { get; init; }

    /// <summary>Clean accuracy in per cent.</summary>
    public required string CleanAcc { get; init; }

    /// <summary>The robust accuracy that the paper reports, in per cent.</summary>
    public required string Reported { get; init; }

    /// <summary>The robust accuracy under AutoAttack in per cent.</summary>
    public required string AutoattackAcc { get; init; }

    /// <summary>
    /// The robust accuracy in per cent under AutoAttack and other attacks together, by which models are ranked; left
    /// out where null: it is AutoAttack's.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? External { get; init; }

    /// <summary>A remark; left out where null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Footnote { get; init; }

    /// <summary>The robust accuracy in RobustBench's tables, in per cent.</summary>
    [JsonIgnore]
    public string RobustAcc => External ?? AutoattackAcc;

    /// <summary>The fields that must be filled in by hand.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Missing =>
    [
        .. JsonSerializer.SerializeToNode(this, Options)!.AsObject().Where(entry => entry.Value is null)
            .Select(entry => entry.Key),
    ];

    /// <summary>The folder of RobustBench for its file; null where there is no leaderboard.</summary>
    public string? Folder(ThreatModel threat) => Leaderboards.Any(board => board.Dataset == Dataset
        && board.Norm == threat.Norm && Math.Abs(board.Epsilon - threat.Epsilon) < 1e-6)
        ? $"model_info/{Dataset}/{threat.Norm}/" : null;

    /// <summary>A row of RobustBench's tables of models.</summary>
    /// <param name="id">The model's name there.</param>
    public string Row(string id) => "| " + string.Join(" | ", new[]
    {
        "–", $"<sup>**{id}**</sup>", $"*[{Name}]({Link})*", $"{CleanAcc}%", $"{RobustAcc}%", Architecture, Venue,
    }.Select(cell => $"<sub>{cell?.Replace("|", @"\|", StringComparison.Ordinal)}</sub>")) + " |";

    /// <summary>Writes the JSON file.</summary>
    public void Write(string path) => AtomicFile.WriteResult(path, JsonSerializer.Serialize(this, Options) + "\n");
}
