using System.Text.Json.Nodes;

namespace Trainer.EndToEnd;

/// <summary>
/// Runs that are killed again and again, in steps, saves and evaluations, end as if nothing had happened.
/// </summary>
public sealed class ChaosTests : IDisposable
{
    private const int StepsBetweenEvaluations = 12;
    private readonly Workbench workbench = new();

    public void Dispose() => workbench.Dispose();

    [Fact]
    public void Four_kills_change_no_byte_of_a_run_with_every_state_in_play() =>
        KillsChangeNoByte(epochs: 12, steps: 1, saves: 1, validations: 1, finalEvaluations: 1, finalExamples: 10);

    [Fact]
    [Trait("duration", "long")]
    public void Twenty_kills_change_no_byte_of_a_run_with_every_state_in_play() =>
        KillsChangeNoByte(epochs: 40, steps: 8, saves: 5, validations: 3, finalEvaluations: 4, finalExamples: 60);

    private void KillsChangeNoByte(
        int epochs, int steps, int saves, int validations, int finalEvaluations, int finalExamples)
    {
        Write("""
            "model": { "type": "conv-small-bn" },
            "objective": {
              "type": "awp", "gamma": 0.005, "fromEpoch": 2,
              "objective": { "type": "pgd-at", "attack": { "type": "pgd", "steps": 2 }, "mix": { "cleanFraction": 0.5 } }
            },
            "batchNorm": { "sets": 2, "update": ["natural", "adversarial"] },
            "average": { "type": "ema", "decay": 0.9 },
            "schedule": { "type": "cosine", "warmupEpochs": 2 },
            "optimizer": { "type": "adamw", "learningRate": 0.002 },
            """,
            augment: """[{ "type": "pad-crop", "padding": 1 }, { "type": "flip" }]""",
            train: $$"""
            {
              "epochs": {{epochs}}, "batchSize": 100, "attackPrecision": "bfloat16", "labelSmoothing": 0.1,
              "epsilonWarmupEpochs": 3, "gradientClip": 1
            }
            """,
            finalExamples);
        var random = new Random(1);
        Moment[] moments =
        [
            .. Enumerable.Repeat(Moment.Step, steps),
            .. Enumerable.Repeat(Moment.Save, saves),
            .. Enumerable.Repeat(Moment.Validation, validations),
        ];
        random.Shuffle(moments);
        Interrupt("KILL", 137, random, [.. moments, .. Enumerable.Repeat(Moment.FinalEvaluation, finalEvaluations)]);
        ResumesToTheSameEnd();
    }

    [Fact]
    public void The_perturbation_that_free_training_keeps_survives_kills_within_its_replays()
    {
        Write("""
            "model": { "type": "conv-small" },
            "objective": { "type": "free", "replays": 3 },
            "optimizer": { "type": "sgd", "learningRate": 0.05 },
            """,
            augment: """[{ "type": "flip" }]""",
            train: """{ "epochs": 6, "batchSize": 100, "attackPrecision": "float32" }""",
            finalExamples: 5);
        Interrupt("KILL", 137, new Random(2), Moment.Step, Moment.Save);
        ResumesToTheSameEnd();
    }

    [Fact]
    public void A_request_to_end_takes_effect_in_saves_and_evaluations_too()
    {
        Write("""
            "model": { "type": "conv-small" },
            "objective": { "type": "pgd-at", "attack": { "type": "pgd", "steps": 2 } },
            "optimizer": { "type": "sgd", "learningRate": 0.05 },
            """, augment: "[]", train: """{ "epochs": 6, "batchSize": 100, "attackPrecision": "float32" }""",
            finalExamples: 10);
        Interrupt("TERM", 143, new Random(3), Moment.Save, Moment.Validation, Moment.FinalEvaluation);
        ResumesToTheSameEnd();
    }

    // The final attack breaks nothing, so that its evaluation lasts all of its steps.
    private void Write(string blocks, string augment, string train, int finalExamples) =>
        File.WriteAllText(workbench.At("chaos.json"), $$"""
        {
          "name": "chaos",
          "data": { "type": "mnist", "path": "digits", "validation": 60, "augment": {{augment}} },
          "threat": { "norm": "linf", "epsilon": 0.1 },
          {{blocks}}
          "train": {{train}},
          "evaluate": {
            "everyEpochs": 2, "examples": 60, "batchSize": 5, "checks": null,
            "attacks": [{ "type": "pgd", "steps": 3 }],
            "final": [{
              "attack": { "type": "pgd", "steps": 400 }, "examples": {{finalExamples}},
              "threat": { "norm": "linf", "epsilon": 0.001 }
            }]
          },
          "guard": { "onCollapse": "ignore" },
          "checkpoint": { "everySteps": 2, "everyMinutes": null },
          "logging": { "everySteps": 1, "tensorBoard": false, "reportExamples": 0 }
        }
        """);

    /// <summary>
    /// Starts the run once for each moment, and sends it a signal at the n-th change of its folder that such a moment
    /// makes. On a machine so busy that a change is seen only after the run's end, that start is the last.
    /// </summary>
    private void Interrupt(string signal, int exitCode, Random random, params Moment[] moments)
    {
        var interrupted = 0;
        foreach (var (index, moment) in moments.Index())
        {
            var isSent = false;
            // In training only once this start has saved something, so that the next one has a state to resume from.
            var saved = moment == Moment.FinalEvaluation;
            // An evaluation resumes where it was cut: at its first change, so that enough of it is left for the kills
            // that follow.
            var n = moment is Moment.Validation or Moment.FinalEvaluation ? 1 : random.Next(1, 7);
            using var watcher = new RunWatcher(workbench.At("parts"));
            using var started = TrainerProcess.Start(workbench.Folder, "train", "chaos.json", "--run", "parts");
            var ended = Task.Run(() =>
            {
                var result = started.Finish();
                watcher.End();
                return result;
            });
            foreach (var name in watcher.Changes)
            {
                saved |= Path.GetFileName(name) == name && !name.StartsWith('.')
                    && name.Contains("-step-", StringComparison.Ordinal);
                if (saved && IsIn(moment, name) && --n == 0)
                    isSent = started.Signal(signal);
            }
            var result = ended.GetAwaiter().GetResult();
            Assert.Contains(
                index == 0 ? "Begins in epoch" : "Resumes in epoch", result.Output, StringComparison.Ordinal);
            Assert.True(result.ExitCode == (isSent ? exitCode : 0),
                $"Ended with {result.ExitCode} {(isSent ? "for" : "before")} a {signal} in a {moment}. {result.Error}");
            if (!isSent)
                break;
            interrupted++;
        }
        Assert.InRange(interrupted, 1, moments.Length);
    }

    private void ResumesToTheSameEnd()
    {
        foreach (var run in (string[])["whole", "parts"])
        {
            var result = workbench.Run("train", "chaos.json", "--run", run);
            Assert.Equal((0, ""), (result.ExitCode, result.Error));
        }
        Same(Tensors("whole"), Tensors("parts"));
        Same(Evaluations("whole"), Evaluations("parts"));
        Assert.Equal(workbench.Metrics("whole"), workbench.Metrics("parts"));
        Assert.Empty(Directory.GetDirectories(workbench.At("parts"), ".*"));
    }

    private static void Same(SortedDictionary<string, byte[]> expected, SortedDictionary<string, byte[]> found)
    {
        Assert.Equal(expected.Keys, found.Keys);
        foreach (var (name, bytes) in expected)
            Assert.True(bytes.AsSpan().SequenceEqual(found[name]), $"{name} differs.");
    }

    private bool IsIn(Moment moment, string name) => moment switch
    {
        Moment.Step => name == "metrics.jsonl",
        Moment.Save => name.StartsWith(".tmp-", StringComparison.Ordinal),
        Moment.FinalEvaluation => name.StartsWith("evaluations", StringComparison.Ordinal),
        // The line of the last step before an evaluation is there, and that of its epoch is not yet.
        _ => name == "metrics.jsonl" && LastLine() is { } line && (string)line["type"]! == "step"
        && (long)line["step"]! % StepsBetweenEvaluations == 0,
    };

    private JsonNode? LastLine()
    {
        using var file = new StreamReader(new FileStream(
            workbench.At("parts", "metrics.jsonl"), FileMode.Open, FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete));
        var text = file.ReadToEnd();
        return text.EndsWith('\n') ? JsonNode.Parse(text[..^1].Split('\n')[^1]) : null;
    }

    private SortedDictionary<string, byte[]> Tensors(string run) =>
        Contents(Directory.GetDirectories(workbench.At(run), "*-step-*").Order(StringComparer.Ordinal).Last(),
        "*.safetensors");

    /// <summary>
    /// What was found for each example, and the images; the results beside them tell the seconds too.
    /// </summary>
    private SortedDictionary<string, byte[]> Evaluations(string run) =>
        Contents(workbench.At(run, "evaluations"), "*.safetensors", "*.jsonl");

    private static SortedDictionary<string, byte[]> Contents(string folder, params string[] patterns) => new(
        patterns.SelectMany(pattern => Directory.GetFiles(folder, pattern, SearchOption.AllDirectories))
        .ToDictionary(path => Path.GetRelativePath(folder, path), File.ReadAllBytes),
        StringComparer.Ordinal);
}
