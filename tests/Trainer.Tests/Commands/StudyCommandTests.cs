using System.Text.RegularExpressions;
using Trainer.Engine.Training;
using Trainer.Engine.Training.Collapse;

namespace Trainer.Tests.Commands;

/// <summary>trainer study of one run, and what its run folder records, in the process.</summary>
/// <param name="workbench">Where commands run.</param>
public sealed class StudyCommandTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    [Fact]
    public void A_collapse_is_written_to_the_run_folder_and_shown_by_the_report()
    {
        File.WriteAllText(workbench.At("diverging.json"), """
            { "name": "diverging", "recipes": [{ "file": "recipe.json" }], "set": ["optimizer.learningRate=1e38"] }
            """);
        string[] study = ["study", "diverging.json", "--run", "collapsed", "--cell", "0"];
        Assert.Equal(1, workbench.Run(study).ExitCode);
        // trainer train begins again and sees the same collapse, which counts once; the study does not.
        Assert.Equal(1, workbench.Run("train", "recipe.json", "--run", workbench.At("collapsed", "recipe.seed=0"),
            "--set", "optimizer.learningRate=1e38").ExitCode);
        var again = workbench.Run(study);
        Assert.Equal(1, again.ExitCode);
        Assert.StartsWith(
            "error: recipe.seed=0: training collapsed, and the run has stopped. See the report.", again.Error,
            StringComparison.Ordinal);
        var collapse = Assert.Single(CollapseRecord.Read(workbench.At("collapsed", "recipe.seed=0")));
        Assert.Equal((CollapseKind.NotFinite, CollapseAction.Stop), (collapse.Kind, collapse.Action));
        Assert.Equal(0, workbench.Run("study", "report", "collapsed").ExitCode);
        Assert.Contains(
            "| recipe.seed=0 | collapsed |", File.ReadAllText(workbench.At("collapsed", "study.md")),
            StringComparison.Ordinal);
        Assert.Equal(
            "error: 'collapsed' is the folder of a study, expected one of its runs: name a folder in it, or read the "
            + "whole study with: trainer study report 'collapsed'.\n", workbench.Run("report", "collapsed").Error);
    }

    [Fact]
    public void A_task_of_a_job_array_trains_one_run_and_another_recipe_is_refused()
    {
        const string Variable = "SLURM_ARRAY_TASK_ID";
        const string Study = """{ "name": "array", "recipes": [{ "file": "recipe.json" }], "seeds": [0, 1] """;
        File.WriteAllText(workbench.At("array.json"), Study + "}");
        Environment.SetEnvironmentVariable(Variable, "1");
        try
        {
            Assert.Equal(0, workbench.Run("study", "array.json", "--run", "array").ExitCode);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
        Assert.Equal(["recipe.seed=1"], Directory.GetDirectories(workbench.At("array")).Select(Path.GetFileName));
        // One that was begun with another recipe is none of the study's.
        File.WriteAllText(workbench.At("array.json"), Study + """, "set": ["threat.epsilon=0.2"] }""");
        var changed = workbench.Run("study", "array.json", "--run", "array");
        Assert.Equal(4, changed.ExitCode);
        Assert.Contains("recipe.seed=1: threat.epsilon: 0.1 → 0.2", changed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_other_seeds_wait_for_the_trials_and_are_trained_with_the_selected_setting_alone()
    {
        File.WriteAllText(workbench.At("trials.json"), """
            {
              "name": "trials",
              "recipes": [{ "file": "recipe.json" }],
              "overrides": [{ "name": "a", "set": [] }, { "name": "b", "set": ["optimizer.learningRate=1e-9"] }],
              "seeds": [0, 1],
              "select": { "by": "validation.clean", "trialSeeds": [0] },
            }
            """);
        string[] study = ["study", "trials.json", "--run", "trials"];
        var trial = workbench.Run([.. study, "--cell", "0"]);
        Assert.Equal(0, trial.ExitCode);
        Assert.Contains(
            "recipe.a.seed=0 is a trial. Run it again after all trials of recipe: it is evaluated if its setting is "
            + "selected.\n",
            trial.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(workbench.At("trials", "recipe.a.seed=0", "report.html")));
        Assert.Matches(
            "recipe.a.seed=0 .* trained, waits for the selection", workbench.Run([.. study, "--list"]).Output);
        var waiting = workbench.Run([.. study, "--cell", "0"]);
        Assert.Equal(0, waiting.ExitCode);
        Assert.Contains("recipe.a.seed=0 is trained and waits for the sel", waiting.Output, StringComparison.Ordinal);
        var early = workbench.Run([.. study, "--cell", "1"]);
        Assert.Equal(
            (1, "error: recipe.a.seed=1 waits for the selection of a setting of recipe. Trials not trained yet, or not "
            + "readable: recipe.b.seed=0. Run this one again after them.\n"),
            (early.ExitCode, early.Error));
        Assert.Matches("recipe.b.seed=1 .* waits for the selection", workbench.Run([.. study, "--list"]).Output);
        Assert.Equal(0, workbench.Run([.. study, "--cell", "2"]).ExitCode);

        var list = workbench.Run([.. study, "--list"]).Output;
        Assert.Matches("recipe.[ab].seed=0 .* trained, to be evaluated", list);
        Assert.Matches("recipe.[ab].seed=0 .* trained, not selected", list);
        var selected = list.Contains("b.seed=1  recipe.json  not selected", StringComparison.Ordinal) ? "a" : "b";
        foreach (var (cell, run) in ((string[])["a.seed=0", "a.seed=1", "b.seed=0", "b.seed=1"]).Index())
        {
            var result = workbench.Run([.. study, "--cell", $"{cell}"]);
            Assert.Equal(0, result.ExitCode);
            var isSelected = run.StartsWith(selected, StringComparison.Ordinal);
            Assert.Equal(isSelected, File.Exists(workbench.At("trials", $"recipe.{run}", "report.html")));
            Assert.Equal(
                !isSelected, result.Output.EndsWith(
                    $"recipe.{run} is not {(run.EndsWith('0') ? "evaluated" : "trained")}: another setting of recipe "
                    + "was selected\n", StringComparison.Ordinal));
        }
        Assert.Equal(0, workbench.Run("study", "report", "trials").ExitCode);
        var report = File.ReadAllText(workbench.At("trials", "study.md"));
        foreach (var text in (string[])["by the mean over trials of validation.clean on held-out",
            "Every setting was tried with seed 0, and the selected one", "all of whose trials were trained",
            "and none before the training of all trials of the recipe"])
            Assert.Contains(text, report, StringComparison.Ordinal);
        Assert.Contains($"recipe.{selected}.seed=1", report, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_whose_final_evaluation_is_left_to_a_later_start_is_the_same_run()
    {
        Assert.Equal(0, workbench.Run("train", "recipe.json", "--run", "at-once").ExitCode);
        var trained = workbench.Run("train", "recipe.json", "--run", "later", "--skip-final");
        Assert.Equal(0, trained.ExitCode);
        Assert.Contains("The final evaluation and the report were left out", trained.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(workbench.At("later", "evaluations")));
        Assert.Equal(0, workbench.Run("train", "recipe.json", "--run", "later").ExitCode);
        foreach (var file in (string[])["ledger.jsonl", "results.json", "model.safetensors"])
            Assert.Equal(Contents("at-once", file), Contents("later", file));
        Assert.Equal(Finals("at-once"), Finals("later"));
        // A finished run has nothing to skip.
        trained = workbench.Run("train", "recipe.json", "--run", "later", "--skip-final");
        Assert.DoesNotContain("left out", trained.Output, StringComparison.Ordinal);

        IEnumerable<string> Contents(string run, string file) =>
            Directory.EnumerateFiles(workbench.At(run), file, SearchOption.AllDirectories).Select(path =>
                Regex.Replace(File.ReadAllText(path), "\"seconds\": [0-9.E-]+", "")).Order();

        IEnumerable<string> Finals(string run) => File.ReadLines(workbench.At(run, "metrics.jsonl"))
            .Where(line => line.Contains("\"final\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Where_a_trial_of_every_setting_collapsed_no_run_waits_for_a_selection()
    {
        File.WriteAllText(workbench.At("hopeless.json"), """
            {
              "name": "hopeless",
              "recipes": [{ "file": "recipe.json" }],
              "overrides": [
                { "name": "a", "set": ["optimizer.learningRate=1e38"] },
                { "name": "b", "set": ["optimizer.learningRate=2e38"] },
              ],
              "seeds": [0, 1],
              "select": { "by": "validation.robust", "trialSeeds": [0] },
            }
            """);
        string[] study = ["study", "hopeless.json", "--run", "hopeless"];
        Assert.Equal(1, workbench.Run([.. study, "--cell", "0"]).ExitCode);
        Assert.Matches("recipe.a.seed=1 .* waits for the selection", workbench.Run([.. study, "--list"]).Output);
        Assert.Equal(1, workbench.Run([.. study, "--cell", "2"]).ExitCode);
        var never = workbench.Run([.. study, "--cell", "1"]);
        Assert.Equal(
            (1, "error: recipe.a.seed=1: no setting of recipe can be selected, because each has a trial that collapsed "
            + "or lacks the metric (select.by). See the report.\n"), (never.ExitCode, never.Error));
        Assert.Matches("recipe.b.seed=1 .* nothing selected", workbench.Run([.. study, "--list"]).Output);
        // Beside a setting that is selected, a collapsed trial is not needed, and no failure.
        File.WriteAllText(workbench.At("one.json"), File.ReadAllText(workbench.At("hopeless.json"))
            .Replace("=1e38", "=1e-3", StringComparison.Ordinal));
        Assert.Equal([1, 0, 0], ((string[])["2", "0", "2"]).Select(cell =>
            workbench.Run("study", "one.json", "--run", "one", "--cell", cell).ExitCode));
    }

    [Fact]
    public void A_study_with_a_trial_that_cannot_be_read_selects_nothing_and_fails()
    {
        File.WriteAllText(workbench.At("unreadable.json"), """
            {
              "name": "unreadable",
              "recipes": [{ "file": "recipe.json" }],
              "overrides": [{ "name": "a", "set": [] }, { "name": "b", "set": ["optimizer.learningRate=1e-9"] }],
              "seeds": [0, 1],
              "select": { "by": "validation.clean", "trialSeeds": [0] },
            }
            """);
        string[] study = ["study", "unreadable.json", "--run", "unreadable"];
        foreach (var trial in (string[])["0", "2"])
            Assert.Equal(0, workbench.Run([.. study, "--cell", trial]).ExitCode);
        File.WriteAllText(workbench.At("unreadable", "recipe.a.seed=0", "repair.json"), "garbage");
        var result = workbench.Run(study);
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("warning: recipe.a.seed=0 cannot be read ", result.Error, StringComparison.Ordinal);
        Assert.EndsWith(
            "error: no setting of recipe is selected, because not all of its trials can be read. "
            + "See the warnings.\n", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_whose_device_is_missing_fails_by_itself_and_the_report_is_written()
    {
        File.WriteAllText(workbench.At("gpu.json"), """
            { "name": "gpu", "recipes": [{ "file": "recipe.json" }], "set": ["device=cuda:99"], "seeds": [0, 1] }
            """);
        var (code, output, error) = workbench.Run("study", "gpu.json", "--run", "gpu", "--parallel", "2");
        Assert.Equal(1, code);
        Assert.Matches("(?m)^error: recipe.seed=0: exit code 5: device: found ", error);
        Assert.Matches("(?m)^error: recipe.seed=1: exit code 5: device: found ", error);
        Assert.Contains("study.html", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_of_a_common_setting_is_told_once()
    {
        File.WriteAllText(workbench.At("faulty.json"), """
            { "name": "faulty", "recipes": [{ "file": "recipe.json" }], "set": ["train.epochs=0"], "seeds": [0, 1] }
            """);
        var (code, _, error) = workbench.Run("study", "faulty.json", "--run", "faulty", "--list");
        Assert.Equal(2, code);
        Assert.EndsWith(" (in every run)\n", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Theory]
    [InlineData("verified", "\"verify\": {}", "evaluate.verify={\"examples\":2}")]
    [InlineData("certified", "\"certify\": { \"sigma\": 0.25 }", "evaluate.certify={\"sigma\":1}")]
    public void A_study_is_not_selected_by_what_no_run_measures(string metric, string option, string set)
    {
        var study = $$"""{ "name": "{{metric}}", "recipes": [{ "file": "recipe.json" }], "select": { "by": "validation.{{metric}}" } """;
        File.WriteAllText(workbench.At("unmeasured.json"), study + "}");
        var refused = workbench.Run("study", "unmeasured.json", "--list");
        Assert.Equal(
            (2, $"error: select.by: found \"validation.{metric}\", but nothing is {metric} after an epoch; add "
            + $"{option} to evaluate, or expected \"validation.robust\" (in recipe.seed=0)\n"),
            (refused.ExitCode, refused.Error));
        File.WriteAllText(workbench.At("measured.json"), study
            + $$""", "set": [{{System.Text.Json.JsonSerializer.Serialize(set)}}] }""");
        Assert.Equal(0, workbench.Run("study", "measured.json", "--list").ExitCode);
    }

    [Fact]
    public void The_time_of_a_run_is_that_of_all_its_starts()
    {
        string[] train = ["train", "recipe.json", "--run", "timed", "--allow-recipe-change", "--set"];
        Assert.Equal(0, workbench.Run([.. train, "train.maxSteps=1"]).ExitCode);
        new RunUsage(1000, null).Write(workbench.At("timed", "usage.json"));
        Assert.Equal(0, workbench.Run([.. train, "train.maxSteps=2"]).ExitCode);
        Assert.True(RunUsage.Read(workbench.At("timed"))!.Seconds > 1000);
    }
}
