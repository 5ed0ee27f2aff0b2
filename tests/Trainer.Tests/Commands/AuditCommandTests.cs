using System.Text.Json.Nodes;

namespace Trainer.Tests.Commands;

/// <summary>The command audit.</summary>
public sealed class AuditCommandTests : IClassFixture<CommandWorkbench>
{
    private const string Half = """data.subset={"seed":0}""";
    private readonly CommandWorkbench workbench;

    public AuditCommandTests(CommandWorkbench workbench) => this.workbench = workbench;

    [Fact]
    public void A_run_on_all_rows_is_audited_against_test_images()
    {
        Train("whole");
        var (code, output, error) = workbench.Run("audit", "whole");
        Assert.Equal(0, code);
        Assert.Contains("12 members and as many non-members: test images", error, StringComparison.Ordinal);
        foreach (var method in (string[])["loss", "confidence", "adversarial-confidence"])
            Assert.Matches($@"(?m)^{method} +[01]\.\d\d\d( +\d+\.\d +\S+ to \S+){{3}} *$", output);
        Assert.DoesNotContain("lira", output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^accuracy, clean: \d+\.\d % on the members, \d+\.\d % on the non-members", output);
        Assert.Contains("accuracy, fgsm, Linf 0.1: ", output, StringComparison.OrdinalIgnoreCase);
        var report = JsonNode.Parse(File.ReadAllText(workbench.At("whole", "privacy", "audit.json")))!;
        Assert.Equal((12, 0), ((int)report["members"]!, (int)report["shadows"]!));
        // The keys of earlier files.
        Assert.Equal("test images", (string?)report["others"]);
        Assert.NotNull(report["accuracies"]![0]!["onOthers"]);
        Assert.StartsWith("image, label", (string?)report["methods"]![0]!["knows"], StringComparison.Ordinal);
        Assert.Equal(12, report["exposed"]!.AsArray().Count);
        var scores = File.ReadAllLines(workbench.At("whole", "privacy", "scores.csv"));
        Assert.Equal("row,kind,label,loss,confidence,adversarial-confidence", scores[0]);
        Assert.Equal((12, 12), (scores.Count(line => line.Contains(",member,", StringComparison.Ordinal)),
            scores.Count(line => line.Contains(",non-member,", StringComparison.Ordinal))));
        Assert.True(File.Exists(workbench.At("whole", "privacy", "exposed.png")));
        var before = File.ReadAllText(workbench.At("whole", "privacy", "scores.csv"));
        (code, output, _) = workbench.Run("audit", "whole", "--method", "loss", "--examples", "10", "--out", "few");
        Assert.Equal((0, false), (code, output.Contains("fgsm", StringComparison.Ordinal)));
        Assert.Equal(21, File.ReadAllLines(workbench.At("few", "scores.csv")).Length);
        Assert.Equal(0, workbench.Run("audit", "whole").ExitCode);
        Assert.Equal(before, File.ReadAllText(workbench.At("whole", "privacy", "scores.csv")));
        File.WriteAllText(workbench.At("whole", "privacy", "audit.json"), "{}");
        (code, _, error) = workbench.Run("report", "whole", "--examples", "0");
        Assert.Equal(4, code);
        Assert.Contains("audit.json' is not one that trainer audit wrote: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Shadow_runs_are_trained_once_and_used_by_every_method()
    {
        Train("half", Half);
        var (code, output, error) = workbench.Run("audit", "half", "--train-shadows", "4");
        Assert.Equal((0, false), (code, error.Contains("error", StringComparison.Ordinal)));
        Assert.Contains("16 members and as many non-members: training rows that the run left out", error,
            StringComparison.Ordinal);
        Assert.Contains("4 shadow runs of", error, StringComparison.Ordinal);
        foreach (var method in (string[])["loss", "confidence", "adversarial-confidence", "lira-online", "lira-offline",
            "rmia"])
            Assert.Matches($@"(?m)^{method} +[01]\.\d\d\d ", output);
        var shadows = Directory.GetDirectories(workbench.At("half-shadows")).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(["001", "002", "003", "004"], shadows.Select(Path.GetFileName));
        var recipes = shadows.ConvertAll(path => JsonNode.Parse(File.ReadAllText(Path.Combine(path, "recipe.json")))!);
        Assert.Equal(
            [(1, 1, false), (2, 1, true), (3, 2, false), (4, 2, true)],
            recipes.Select(recipe => ((int)recipe["seed"]!, (int)recipe["data"]!["subset"]!["seed"]!,
                (bool)recipe["data"]!["subset"]!["complement"]!)));
        // Again, and as another audit of the same shadow runs: nothing is trained.
        var written = Written("half-shadows");
        var again = workbench.Run("audit", "half", "--train-shadows", "4");
        Assert.Equal(0, again.ExitCode);
        Assert.Equal(output[output.IndexOf("method ", StringComparison.Ordinal)..], again.Output);
        Train("other", Half.Replace('0', '9'));
        Assert.Equal(
            0, workbench.Run("audit", "other", "--shadows", "half-shadows", "--method", "lira-online").ExitCode);
        Assert.Equal(written, Written("half-shadows"));
        // A shadow run as target is not told by itself or by its complement.
        (code, _, error) = workbench.Run(
            "audit", Path.Combine("half-shadows", "003"), "--shadows", "half-shadows", "--out", "turn");
        Assert.Equal((0, 2), (code, error.Split("is left out").Length - 1));
        Assert.Contains("2 shadow runs of half-shadows", error, StringComparison.Ordinal);

        Assert.Equal(0, workbench.Run("report", "half", "--examples", "0").ExitCode);
        var page = File.ReadAllText(workbench.At("half", "report.html"));
        foreach (var part in (string[])["Privacy audit", "false-positive rate", "lira-online", "image/png;base64,"])
            Assert.Contains(part, page, StringComparison.Ordinal);

        workbench.Copy(Path.Combine("half-shadows", "001"), Path.Combine("only", "001"));
        Refused("an odd number leaves rows without", ["audit", "half", "--shadows", "only"],
            "must be in some of the 1 shadow runs and not in others");
        Refused("its own half alone", ["audit", Path.Combine("half-shadows", "001"), "--shadows", "only"],
            "'only' has no shadow run on another half");
        Train("longer", Half, "train.epochs=2");
        Refused("another recipe", ["audit", "longer", "--shadows", "half-shadows"],
            "is a run of another recipe: train.epochs: 2 → 1");
        workbench.Copy(Path.Combine("only", "001"), Path.Combine("only", "again"));
        Refused("a copy", ["audit", "half", "--shadows", "only"],
            "'only/001' and 'only/again' are one shadow run twice, with the same seed and half");
    }

    [Fact]
    public void A_repaired_run_is_audited_with_shadow_runs_that_were_repaired_the_same()
    {
        Train("plain", Half);
        Assert.Equal(0, workbench.Run("audit", "plain", "--train-shadows", "2").ExitCode);
        void Repair(string run, string method, string to) => Assert.Equal(0, workbench.Run(
            "repair", run, "--method", method, "--share", "0.2", "--epochs", "1", "--out", to).ExitCode);
        Repair("plain", "nad", "repaired");
        const string By = "repaired by nad --share 0.2 --epochs 1 --learning-rate 0.01";
        foreach (var line in (string[][])[["--train-shadows", "2"], ["--method", "rmia"]])
            Refused("none of the procedure", ["audit", "repaired", .. line],
                $"trained by the recipe alone, and the audited run was then {By}. Train those of the run before");
        Refused("shadow runs are not repaired", ["audit", "repaired", "--shadows", "plain-shadows"],
            $"'plain-shadows/001' was not repaired, and the audited run was {By}; expected shadow runs made by");
        foreach (var shadow in (string[])["001", "002"])
            Repair(Path.Combine("plain-shadows", shadow), "nad", Path.Combine("repaired-shadows", shadow));
        foreach (var (line, fault) in new[]
        {
            ("", "'repaired-shadows' has no shadow run that was not repaired. Add --train-shadows"),
            (" --train-shadows 2", $"'repaired-shadows/001' was {By}, and the audited run was not repaired; expected"),
        })
            Refused("the audited run is not", $"audit plain --shadows repaired-shadows{line}".Split(' '), fault);
        Repair("plain", "fine-tuning", "otherwise");
        Refused("by another method", ["audit", "otherwise", "--shadows", "repaired-shadows"],
            $"was {By}, and the audited run was repaired by fine-tuning --share 0.2 ");
        var (code, output, _) = workbench.Run("audit", "repaired");
        Assert.Equal(0, code);
        Assert.Matches(@"(?m)^lira-online +[01]\.\d\d\d ", output);
        // By default a repaired run is beside the others, which are found without it.
        workbench.Copy(Path.Combine("repaired-shadows", "001"), Path.Combine("plain-shadows", "001-nad"));
        var (again, _, notes) = workbench.Run("audit", "plain", "--train-shadows", "2");
        Assert.Equal(0, again);
        Assert.Contains($"/001-nad' is left out: it was {By}, and the audited run was not repaired\n", notes,
            StringComparison.Ordinal);
        Assert.Contains("note: 2 shadow runs of", notes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("audit run/last.safetensors", "is a file of weights, and nothing records what it was trained on.")]
    [InlineData("audit run --method lira-online", "and the audited run was not")]
    [InlineData("audit run --train-shadows 4", "and the audited run was not")]
    [InlineData("audit mine --method rmia", "--method rmia needs shadow runs, and there is no folder")]
    [InlineData("audit mine --shadows folder", "--shadows: 'folder' has no shadow run")]
    [InlineData("audit mine --shadows nowhere", "there is no folder 'nowhere'")]
    [InlineData("audit mine --method loss --train-shadows 2", "which needs no shadow run")]
    [InlineData("audit mine --train-shadows 1", "--train-shadows: found \"1\", expected a whole number from 2")]
    [InlineData("audit bare --method adversarial-confidence", "evaluate.attacks: the run has none")]
    [InlineData("audit run --out run/evaluations", "--out: 'run/evaluations' is at evaluations in the run folder")]
    [InlineData("audit run --out mine/privacy", "--out: 'mine/privacy' is at privacy in the run folder")]
    [InlineData("audit mine --method guess", "expected loss or confidence or adversarial-confidence or lira-online")]
    [InlineData("train recipe.json --run new --set data.subset={\"fraction\":1}", "data.subset.fraction: found 1")]
    public void What_cannot_be_audited_is_one_sentence(string line, string message)
    {
        if (!Directory.Exists(workbench.At("mine")))
        {
            Train("mine", Half);
            Train("bare", "evaluate.attacks=[]");
        }
        if (!File.Exists(workbench.At("run", "last.safetensors")))
            Assert.Equal(0, workbench.Run("export", "run", Path.Combine("run", "last.safetensors")).ExitCode);
        Refused(message, line.Split(' '), message);
    }

    [Fact]
    public void A_run_whose_data_are_gone_or_others_is_refused()
    {
        Train("before", Half);
        Train("all");
        var file = workbench.At("train.safetensors");
        var kept = File.ReadAllBytes(file);
        try
        {
            workbench.Write("train.safetensors", 44);
            foreach (var run in (string[])["before", "all"])
            {
                var (code, _, error) = workbench.Run("audit", run);
                Assert.Equal(3, code);
                Assert.StartsWith("error: The training images differ from those of", error, StringComparison.Ordinal);
            }
        }
        finally
        {
            File.WriteAllBytes(file, kept);
        }
    }

    [Fact]
    public void A_default_folder_that_cannot_be_written_is_refused_before_anything_is_measured()
    {
        Train("taken");
        File.WriteAllText(workbench.At("taken", "privacy"), "mine");
        var (code, _, error) = workbench.Run("audit", "taken");
        Assert.Equal(
            (2, $"error: --out: '{workbench.At("taken", "privacy")}' is a file, expected a folder. Move it away, or "
            + "name another.\n"), (code, error));
    }

    [Fact]
    public void What_was_found_is_printed_also_where_it_cannot_be_written()
    {
        Train("blocked");
        Directory.CreateDirectory(workbench.At("blocked", "privacy", "audit.json"));
        var (code, output, error) = workbench.Run("audit", "blocked");
        Assert.Equal(1, code);
        Assert.Matches(@"(?m)^loss +[01]\.\d\d\d ", output);
        Assert.DoesNotContain("Results, scores", output, StringComparison.Ordinal);
        Assert.Contains(
            $"error: '{workbench.At("blocked", "privacy")}' cannot be written: ", error, StringComparison.Ordinal);
        Assert.EndsWith("Make room, or name another place with --out.\n", error, StringComparison.Ordinal);
    }

    private void Train(string name, params string[] set)
    {
        var (code, _, error) = workbench.Run(
            ["train", "recipe.json", "--run", name, .. set.SelectMany(value => new[] { "--set", value })]);
        Assert.Equal((0, ""), (code, error));
    }

    private void Refused(string what, string[] line, string message)
    {
        var before = workbench.Contents;
        var (code, _, error) = workbench.Run(line);
        Assert.Equal((what, 2), (what, code));
        var fault = error.Split('\n').Single(text => text.StartsWith("error: ", StringComparison.Ordinal));
        Assert.Contains(message, fault, StringComparison.Ordinal);
        Assert.Equal(before, workbench.Contents);
    }

    private IReadOnlyList<(string, DateTime)> Written(string folder) =>
    [
        .. Directory.EnumerateFiles(workbench.At(folder), "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).Select(path => (path, File.GetLastWriteTimeUtc(path))),
    ];
}
