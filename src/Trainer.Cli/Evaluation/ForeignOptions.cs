using System.CommandLine;
using System.Text.Json.Nodes;
using Trainer.Cli.Options;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Networks;
using Trainer.Engine.Weights;
using Trainer.Engine.Weights.Foreign;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;

namespace Trainer.Cli.Evaluation;

/// <summary>The options of evaluate for networks from elsewhere, and for attacks that count queries.</summary>
internal sealed class ForeignOptions
{
    private const int LeastQueries = 3;
    private const int LongestTimeout = 24 * 60 * 60;

    private readonly Option<string?> normalisation = new("--normalisation")
    {
        Description = "For a TorchScript or ONNX file or a program: {\"mean\":[…],\"deviation\":[…]} for each channel, "
            + "applied before it, or null for images in [0, 1] as they are.",
        HelpName = "json|null",
    };

    private readonly Option<int?> classes = CountOption.Create(
        "--classes", 2, "How many classes a TorchScript or ONNX file or a program has.");

    private readonly Option<bool> program = new("--program")
    {
        Description = "The file is a program that answers over standard input and output; see scripts/README.md. "
            + "http://localhost:PORT/ in its place is a server.",
    };

    private readonly Option<int?> timeout = CountOption.Create(
        "--timeout", 1, "How many seconds a program or a server may take for an answer; by default "
        + $"{ProgramNetwork.UsualSeconds}.", LongestTimeout);

    private readonly Option<int?> queries = CountOption.Create(
        "--max-queries", LeastQueries, "How often an attack may ask the network for each image: square, hopskipjump.");

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[normalisation, classes, program, timeout, queries])
            command.Add(option);
    }

    /// <summary>The number of classes that the command line states.</summary>
    public int? Classes(ParseResult parsed) => parsed.GetValue(classes);

    /// <summary>The network that the command line names; null where it names weights.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="source">What it names.</param>
    /// <param name="registry">For the normalisation.</param>
    /// <exception cref="TrainerException">Something is missing, or given for weights.</exception>
    public ForeignNetwork? Find(ParseResult parsed, WeightsSource source, ComponentRegistry registry)
    {
        var text = parsed.GetValue(normalisation);
        var stated = text is null or "null" ? null : Parse(text, registry);
        var network = source.Checkpoint is not null ? null
            : parsed.GetValue(program) || ProgramNetwork.IsAddress(source.Path)
            ? ProgramNetwork.Find(source.Path, stated) with { AnswerLimit = AnswerLimit(parsed) }
            : NetworkFile.Find(source.Path, stated);
        if (parsed.GetValue(timeout) is not null && network is not ProgramNetwork)
            throw new TrainerException(ErrorKind.Recipe, $"{timeout.Name} is for programs and servers, and "
                + $"'{source.Path}' is neither. Leave it out, or add {program.Name}.");
        if (network is null)
        {
            var given = text is not null ? normalisation.Name : Classes(parsed) is not null ? classes.Name
                : parsed.GetValue(program) ? program.Name : null;
            if (given is null)
                return null;
            if (source.Checkpoint is null)
            {
                NetworkFile.CheckWhole(source.Path);
                WeightsDescription.Read(source.Path);
            }
            throw new TrainerException(ErrorKind.Recipe,
                $"{given} is for TorchScript files, ONNX files and programs, and '{source.Path}' is none of them. "
                + "Leave it out.");
        }
        return text is not null ? network : throw new TrainerException(ErrorKind.Recipe,
            $"--normalisation is missing: '{source.Path}' is {network.Kind}. Add --normalisation null for a network "
            + "that takes images in [0, 1], or --normalisation '{\"mean\":[…],\"deviation\":[…]}'.");
    }

    /// <summary>The plan whose attacks keep to the number of queries that the command line states.</summary>
    /// <exception cref="TrainerException">An attack cannot.</exception>
    public EvaluationPlan Limit(ParseResult parsed, EvaluationPlan plan)
    {
        if (parsed.GetValue(queries) is not { } most)
            return plan;
        return plan with
        {
            Evaluate = plan.Evaluate with
            {
                Final = [.. plan.Evaluate.Final.Select(final => final with { Attack = Limited(final.Attack, most) })],
            },
        };
    }

    private TimeSpan AnswerLimit(ParseResult parsed) =>
        TimeSpan.FromSeconds(parsed.GetValue(timeout) ?? ProgramNetwork.UsualSeconds);

    private static IAttack Limited(IAttack attack, int most) => attack.WithQueries(most)
        ?? throw new TrainerException(ErrorKind.Recipe, $"--max-queries: {attack.Name} does not count queries, "
            + "expected square, hopskipjump or transfer. Name one with --attack.");

    private static Normalisation Parse(string text, ComponentRegistry registry)
    {
        var node = EvaluatedRecipe.Parse("--normalisation", text);
        var stated = new JsonObject { ["normalisation"] = node }.ToJsonString();
        return RecipeLoader.FromText<Stated>(stated, "the command line", registry).Value.Normalisation;
    }

    private sealed record Stated
    {
        public required Normalisation Normalisation { get; init; }
    }
}
