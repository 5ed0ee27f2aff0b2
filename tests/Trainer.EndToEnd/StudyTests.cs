using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Trainer.EndToEnd;

/// <summary>A study of two recipes, one of them with two seeds, of a few steps each.</summary>
public sealed class StudyTests : IDisposable
{
    private readonly Workbench workbench = new();

    public StudyTests()
    {
        foreach (var (name, objective) in new[] { ("pgd", "pgd-at"), ("rs", "fgsm-rs") })
            File.WriteAllText(workbench.At($"{name}.json"), $$"""
                {
                  "extends": "small.json",
                  "objective": { "type": "{{objective}}" },
                  "train": { "epochs": 2, "batchSize": 100 },
                  "evaluate": { "everyEpochs": 1, "attacks": ["fgsm"] },
                  "checkpoint": { "everySteps": 1 },
                  "guard": { "onCollapse": "ignore" },
                  "logging": { "tensorBoard": false }
                }
                """);
        File.WriteAllText(workbench.At("study.json"), """
            // trainer study study.json
            {
              "name": "tiny",
              "recipes": [{ "file": "pgd.json" }, { "file": "rs.json", "seeds": [0] }],
              "seeds": [0, 1],
            }
            """);
    }

    public void Dispose() => workbench.Dispose();

    [Fact]
    public void A_study_that_was_killed_resumes_to_the_same_report()
    {
        var whole = workbench.Run("study", "study.json", "--run", "whole", "--parallel", "2");
        Assert.Equal((0, ""), (whole.ExitCode, whole.Error));
        Assert.Matches(@"(?m)^pgd +– +best +pgd-4 +L∞ ≤ 0.1 +40 +2 +\d+\.\d\d ± \d+\.\d\d ", whole.Output);
        using (var killed = TrainerProcess.Start(workbench.Folder, "study", "study.json", "--run", "parts"))
        {
            killed.WaitFor("pgd.seed=0 is finished");
            Assert.True(SpinWait.SpinUntil(
                () => Directory.Exists(workbench.At("parts", "pgd.seed=1"))
                && Directory.GetDirectories(workbench.At("parts", "pgd.seed=1"), "*-step-*").Length > 0,
                TimeSpan.FromMinutes(2)));
            Assert.True(killed.Signal("KILL"));
            var result = killed.Finish();
            Assert.Equal(137, result.ExitCode);
            // The first seed of every setting comes before the second of one.
            Assert.Contains("rs.seed=0 is finished", result.Output, StringComparison.Ordinal);
        }
        // Then at moments that no line announces, a second at most after it has written its first file.
        var moments = new Random(29);
        for (var kill = 0; kill < 2; kill++)
        {
            var since = DateTime.UtcNow;
            using var killed = TrainerProcess.Start(
                workbench.Folder, "study", "study.json", "--run", "parts", "--parallel", "2");
            Assert.True(SpinWait.SpinUntil(() => HasWritten(since), TimeSpan.FromMinutes(2)));
            Thread.Sleep(moments.Next(1000));
            killed.Signal("KILL");
            Assert.Contains(killed.Finish().ExitCode, (int[])[0, 137]);
        }
        var resumed = workbench.Run("study", "study.json", "--run", "parts", "--parallel", "2");
        Assert.Equal((0, ""), (resumed.ExitCode, resumed.Error));
        Assert.DoesNotContain("pgd.seed=0 begins", resumed.Output, StringComparison.Ordinal);
        AssertSameReports();
    }

    [Fact]
    public void A_study_that_selects_and_was_killed_resumes_to_the_same_report()
    {
        File.WriteAllText(workbench.At("study.json"), """
            {
              "name": "trials",
              "recipes": [{ "file": "pgd.json" }],
              "overrides": [{ "name": "a", "set": [] }, { "name": "b", "set": ["optimizer.learningRate=1e-3"] }],
              "seeds": [0, 1],
              "select": { "by": "validation.robust", "trialSeeds": [0] },
            }
            """);
        var whole = workbench.Run("study", "study.json", "--run", "whole", "--parallel", "2");
        Assert.Equal((0, ""), (whole.ExitCode, whole.Error));
        string[] study = ["study", "study.json", "--run", "parts"];
        // Before the selection, at the evaluation of the selected trial, and in the training of another seed.
        foreach (var line in (string[])["pgd.a.seed=0 is trained", "selected: pgd", "seed=1 begins"])
        {
            using var killed = TrainerProcess.Start(workbench.Folder, study);
            killed.WaitFor(line);
            killed.Signal("KILL");
            Assert.Equal(137, killed.Finish().ExitCode);
        }
        var resumed = workbench.Run(study);
        Assert.Equal((0, ""), (resumed.ExitCode, resumed.Error));
        AssertSameReports();
    }

    [Fact]
    public void Every_setting_is_tried_with_one_seed_and_the_selected_one_evaluated_and_trained_with_the_others()
    {
        File.WriteAllText(workbench.At("study.json"), """
            {
              "name": "trials",
              "recipes": [{ "file": "rs.json" }],
              "overrides": [
                { "name": "one", "set": ["train.epochs=1"] },
                { "name": "none", "set": ["train.epochs=1", "optimizer.learningRate=1e-9"] },
              ],
              "seeds": [0, 1],
              "select": { "by": "validation.robust", "trialSeeds": [0] },
            }
            """);
        var result = workbench.Run("study", "study.json", "--parallel", "2");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("2 runs in ", result.Output, StringComparison.Ordinal);
        var selected = Regex.Match(result.Output, @"(?m)^selected: rs (\w+); 2 runs to train or to evaluate$")
            .Groups[1].Value;
        Assert.Equal(
            ((string[])["rs.none.seed=0", "rs.one.seed=0", $"rs.{selected}.seed=1"]).Order(StringComparer.Ordinal),
            Directory.GetDirectories(workbench.At("checkpoints", "trials")).Select(Path.GetFileName)
                .Order(StringComparer.Ordinal));
        // Test images are used for the selected setting alone.
        var report = File.ReadAllText(workbench.At("checkpoints", "trials", "study.md"));
        foreach (var setting in (string[])["one", "none"])
            Assert.Contains(
                $"| rs.{setting}.seed=0 | {(setting == selected ? "finished" : "trained")} |", report,
                StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_fails_is_reported_and_the_others_are_trained()
    {
        File.WriteAllText(
            workbench.At("study.json"),
            File.ReadAllText(workbench.At("study.json")).Replace("[0, 1]", "[0]", StringComparison.Ordinal));
        Directory.CreateDirectory(workbench.At("checkpoints", "tiny", "pgd.seed=0"));
        File.WriteAllText(workbench.At("checkpoints", "tiny", "pgd.seed=0", "epochs.csv"), "mine");
        var result = workbench.Run("study", "study.json", "--parallel", "2");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("pgd.seed=0 failed with exit code 4: The folder ", result.Output, StringComparison.Ordinal);
        Assert.StartsWith("error: pgd.seed=0: exit code 4: The folder ", result.Error, StringComparison.Ordinal);
        Assert.Contains("rs.seed=0 is finished", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_collapse_names_what_the_study_can_set()
    {
        File.WriteAllText(workbench.At("study.json"), """
            {
              "name": "diverging",
              "recipes": [{ "file": "pgd.json" }],
              "set": ["optimizer.learningRate=1e38", "guard.onCollapse=stop"]
            }
            """);
        var result = workbench.Run("study", "study.json");
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("error: pgd.seed=0: training collapsed, and the run has stopped. ", result.Error,
            StringComparison.Ordinal);
        Assert.DoesNotContain("--set", result.Output + result.Error, StringComparison.Ordinal);
        Assert.Contains("| pgd.seed=0 | collapsed |", File.ReadAllText(
            workbench.At("checkpoints", "diverging", "study.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_stop_while_a_report_is_measured_ends_at_once_and_the_next_start_writes_the_report()
    {
        IdxFiles.Write(workbench.At("many"), training: 260, test: 30000);
        File.WriteAllText(workbench.At("study.json"), """
            {
              "name": "reports",
              "recipes": [{ "file": "pgd.json" }],
              "overrides": [{ "name": "many", "set": ["data.path=many", "logging.reportExamples=30000"] }],
              "seeds": [0]
            }
            """);
        var run = workbench.At("checkpoints", "reports", "pgd.many.seed=0");
        using (var started = TrainerProcess.Start(workbench.Folder, "study", "study.json"))
        {
            AwaitLog(run, "Report: accuracy in ");
            started.Signal("TERM");
            Assert.Equal(143, started.Finish().ExitCode);
        }
        Assert.False(File.Exists(Path.Combine(run, "report.html")));
        var resumed = workbench.Run("study", "study.json");
        Assert.Equal((0, ""), (resumed.ExitCode, resumed.Error));
        Assert.True(File.Exists(Path.Combine(run, "report.html")));
        Assert.True(File.Exists(Path.Combine(run, "examination.json")));
        Assert.Contains(", 0 to train", workbench.Run("study", "study.json").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stopped_study_reports_a_run_that_could_not_be_saved()
    {
        File.WriteAllText(workbench.At("study.json"), """
            {
              "name": "full",
              "recipes": [{ "file": "pgd.json" }],
              "overrides": [{ "name": "long", "set": ["train.epochs=10000", "checkpoint.everySteps=null"] }],
              "seeds": [0]
            }
            """);
        var run = workbench.At("checkpoints", "full", "pgd.long.seed=0");
        using var started = TrainerProcess.StartUnder("trap '' XFSZ", workbench.Folder, "study", "study.json");
        AwaitLog(run, "Saved step");
        // A limit on the size of files is what a full disk is to the saves; the log stays below it.
        var process = Regex.Match(File.ReadAllText(Path.Combine(run, ".owner")), @"process (\d+) on ").Groups[1].Value;
        using (var limit = Process.Start("prlimit", ["--pid", process, "--fsize=51200"]))
            limit.WaitForExit();
        AwaitLog(run, "The save at step");
        started.Signal("TERM");
        var stopped = started.Finish();
        Assert.Equal(4, stopped.ExitCode);
        Assert.StartsWith(
            "error: pgd.long.seed=0: exit code 4: The save at step ", stopped.Error, StringComparison.Ordinal);
        Assert.Contains("Stopped by SIGTERM; 1 run could not be saved.", stopped.Output, StringComparison.Ordinal);
    }

    private static void AwaitLog(string run, string text) => Assert.True(SpinWait.SpinUntil(
        () => Path.Combine(run, "log.txt") is var log && File.Exists(log)
        && Workbench.Text(log).Contains(text, StringComparison.Ordinal), TimeSpan.FromMinutes(5)));

    private void AssertSameReports()
    {
        foreach (var folder in (string[])["whole", "parts"])
            Assert.Equal(0, workbench.Run("study", "report", folder, "--no-times").ExitCode);
        foreach (var file in (string[])["study.html", "study.md", "study.csv", "study.tex"])
            Assert.Equal(
                File.ReadAllBytes(workbench.At("whole", file)), File.ReadAllBytes(workbench.At("parts", file)));
    }

    private bool HasWritten(DateTime since)
    {
        try
        {
            return Directory.EnumerateFiles(workbench.At("parts"), "*", SearchOption.AllDirectories)
                .Any(file => File.GetLastWriteTimeUtc(file) > since);
        }
        catch (DirectoryNotFoundException)
        {
            // The study has just removed a checkpoint.
            return false;
        }
    }
}
