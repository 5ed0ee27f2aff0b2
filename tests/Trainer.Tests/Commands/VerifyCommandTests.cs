using System.Text.Json.Nodes;

namespace Trainer.Tests.Commands;

/// <summary>trainer verify, in the process.</summary>
/// <param name="workbench">Where commands run.</param>
public sealed class VerifyCommandTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    private const string Tiny = """{"norm":"linf","epsilon":1e-6}""";

    [Fact]
    public void Each_image_is_verified_broken_or_open_and_attacks_of_the_ledgers_break_images()
    {
        var clean = Verify("--threat", Tiny, "--examples", "12", "--out", workbench.At("tiny.json"));
        Assert.Contains("No recorded attack on these images under this threat model", clean, StringComparison.Ordinal);
        var tiny = Read("tiny.json");
        Assert.Equal((0, null), ((int)tiny["attackedExamples"]!, tiny["accuracyUnderAttack"]));
        // Without room for a perturbation every image that is right is verified.
        Assert.Equal((double)tiny["cleanAccuracy"]!, (double)tiny["verifiedAccuracy"]!);
        Assert.Equal(0, (double)tiny["open"]!);
        Assert.Equal(("crown", 12), ((string?)tiny["method"], (int)tiny["examples"]!));

        var attacked = workbench.Run(
            "evaluate", "run", "--attack", """{"type":"pgd","steps":10}""", "--examples", "12");
        Assert.Equal(0, attacked.ExitCode);
        foreach (var method in (string[])["ibp", "crown", "alpha-crown"])
            Verify("--method", method, "--examples", "12", "--out", workbench.At($"{method}.json"));
        foreach (var result in (JsonNode[])[Read("ibp.json"), Read("crown.json"), Read("alpha-crown.json")])
        {
            var (verified, robust, open) = ((double)result["verifiedAccuracy"]!,
                (double)result["accuracyUnderAttack"]!, (double)result["open"]!);
            Assert.Equal(robust, verified + open, 1e-12);
            Assert.InRange(robust, verified, (double)result["cleanAccuracy"]!);
        }
    }

    [Fact]
    public void Tighter_bounds_verify_more_images()
    {
        workbench.TrainBroken();
        var (ibp, crown, alpha) = (Verified("ibp"), Verified("crown"), Verified("alpha-crown"));
        Assert.InRange(ibp, 1, crown - 1);
        Assert.InRange(alpha, crown, 4 * 12);

        // How many images, of 12 at each of four radii.
        int Verified(string method) => new[] { 0.0003, 0.001, 0.01, 0.03 }.Sum(epsilon =>
        {
            var file = FormattableString.Invariant($"{method}-{epsilon}.json");
            var result = workbench.Run("verify", "broken", "--method", method, "--examples", "12", "--threat",
                FormattableString.Invariant($"{{\"norm\":\"linf\",\"epsilon\":{epsilon}}}"), "--out",
                workbench.At(file));
            Assert.Equal((0, ""), (result.ExitCode, result.Error));
            return (int)Math.Round(12 * (double)Read(file)["verifiedAccuracy"]!);
        });
    }

    [Fact]
    public void Accuracy_under_attack_is_that_of_the_attacked_images_alone()
    {
        workbench.TrainBroken();
        const string Threat = """{"norm":"linf","epsilon":0.9}""";
        Assert.Equal(0, workbench.Run(
            "evaluate", "broken", "--attack", """{"type":"pgd","steps":10}""", "--examples", "4", "--out",
            workbench.At("four.json")).ExitCode);
        var four = Read("four.json")["results"]![0]!["test"]!;
        var (clean, robust) = ((double)four["clean"]!, (double)four["robust"]!);
        Assert.InRange(robust, 0, clean - 0.25);
        var verified = workbench.Run("verify", "broken", "--method", "ibp", "--examples", "12", "--threat", Threat,
            "--out", workbench.At("twelve.json"));
        Assert.Equal((0, ""), (verified.ExitCode, verified.Error));
        var result = Read("twelve.json");
        Assert.Equal((12, 4), ((int)result["examples"]!, (int)result["attackedExamples"]!));
        Assert.Equal(robust, (double)result["accuracyUnderAttack"]!);
        // Of all twelve, those that nothing broke.
        Assert.Equal((double)result["cleanAccuracy"]! - ((clean - robust) * 4 / 12),
            (double)result["open"]! + (double)result["verifiedAccuracy"]!, 1e-12);
    }

    [Fact]
    public void A_network_with_dropout_is_verified()
    {
        workbench.Write("large-train.safetensors", 40, size: 16);
        workbench.Write("large-test.safetensors", 12, size: 16);
        Assert.Equal(0, workbench.Run("train", "recipe.json", "--run", "dropout", "--set", "model=\"small-cnn\"",
            "--set", "data.train=\"large-train.safetensors\"", "--set", "data.test=\"large-test.safetensors\"",
            "--set", "train.maxSteps=1").ExitCode);
        var result = workbench.Run("verify", "dropout", "--method", "ibp", "--examples", "4");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Matches(@"(?m)^\S+\s+ibp\s+linf 0.1\s+4\s", result.Output);
    }

    [Fact]
    public void A_second_verification_takes_its_blocks_from_the_ledger()
    {
        string[] arguments = ["--threat", """{"norm":"l2","epsilon":0.01}""", "--method", "ibp", "--examples", "8"];
        var first = Verify(arguments);
        var ledger = Directory.GetFiles(workbench.At("run", "evaluations"), "ledger.jsonl", SearchOption.AllDirectories)
            .OrderBy(File.GetLastWriteTimeUtc).Last();
        var text = File.ReadAllText(ledger);
        Assert.Contains("bounds ibp, version 4", text, StringComparison.Ordinal);
        // A verdict that only the ledger can have given.
        File.WriteAllText(ledger, text.Replace(
            "\"predicted\":", "\"brokenBy\":\"clean\",\"predicted\":", StringComparison.Ordinal));
        Assert.NotEqual(first, Verify(arguments));
        File.WriteAllText(ledger, text);
        Assert.Equal(first, Verify(arguments));
    }

    [Fact]
    public void An_unknown_method_and_a_layer_without_bounds_are_errors_of_the_recipe()
    {
        var unknown = workbench.Run("verify", "run", "--method", "crowns");
        Assert.Equal(2, unknown.ExitCode);
        Assert.StartsWith("error: --method: found \"crowns\", expected ibp or crown or alpha-crown.", unknown.Error,
            StringComparison.Ordinal);
        File.WriteAllText(workbench.At("silu.json"), """
            { "extends": "recipe.json", "name": "silu", "model": { "type": "wide-resnet", "depth": 10, "width": 1, "activation": "silu" }, "train": { "maxSteps": 1 } }
            """);
        Assert.Equal(0, workbench.Run("train", "silu.json", "--run", "silu").ExitCode);
        var silu = workbench.Run("verify", "silu", "--examples", "4");
        Assert.Equal(2, silu.ExitCode);
        Assert.Contains("Found the activation silu, of which no bounds can be computed", silu.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Reports_and_comparisons_have_verified_accuracy_at_each_radius_beside_that_under_attack()
    {
        foreach (var epsilon in (string[])["1e-6", "30"])
            Verify("--threat", $$"""{"norm":"l1","epsilon":{{epsilon}}}""", "--method", "ibp", "--examples", "12");
        Assert.Equal(0, workbench.Run("evaluate", "run", "--attack", """{"type":"pgd","steps":10}""", "--threat",
            """{"norm":"l1","epsilon":30}""", "--examples", "12", "--out", workbench.At("l1.json")).ExitCode);
        var robust = (double)Read("l1.json")["results"]![0]!["test"]!["robust"]!;
        Assert.Equal(0, workbench.Run("report", "run", "--examples", "0").ExitCode);
        var report = File.ReadAllText(workbench.At("run", "report.html"));
        Assert.Contains("Verified accuracy against ε in L1", report, StringComparison.Ordinal);
        // Radius, verified, attacked images, under attack, open: no attack was recorded at the smaller radius.
        var rows = report.Split("<tr>")
            .Where(row => row.Contains("<td>ibp</td><td class=\"i\">L1", StringComparison.Ordinal))
            .Select(row => row.Split("<td").Select(cell => cell[(cell.IndexOf('>') + 1)..].Split('<')[0]).ToList())
            .ToList();
        Assert.Equal(["L1 ≤ 1e-6", "L1 ≤ 30"], rows.Select(row => row[2]));
        Assert.Equal("best", rows[0][0]);
        Assert.Equal(["0", "–", "0.0\u00A0%"], rows[0][6..9]);
        Assert.Equal("0.0\u00A0%", rows[1][4]);
        Assert.Equal(["12", FormattableString.Invariant($"{100 * robust:F1}\u00A0%")], rows[1][6..8]);
        Assert.Equal(rows[1][7], rows[1][8]);
        Assert.Equal(0, workbench.Run("compare", "run", "run", "--out", "verified.html").ExitCode);
        Assert.Contains("Verified accuracy against ε in L1", File.ReadAllText(
            workbench.At("verified.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_folder_that_cannot_be_written_is_verified_all_the_same()
    {
        Assert.Equal(0, workbench.Run("train", "recipe.json", "--run", "blocked").ExitCode);
        Directory.Delete(workbench.At("blocked", "evaluations"), recursive: true);
        File.WriteAllText(workbench.At("blocked", "evaluations"), "in the way");
        var result = workbench.Run("verify", "blocked", "--method", "ibp", "--examples", "4");
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("warning: '", result.Error, StringComparison.Ordinal);
        Assert.Contains("so this evaluation keeps no ledger", result.Error, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^\S+\s+ibp\s+linf 0.1\s+4\s", result.Output);
    }

    [Fact]
    public void Weights_without_a_run_have_it_in_the_report_of_their_ledgers()
    {
        Assert.Equal(0, workbench.Run("export", "run", "verified.safetensors").ExitCode);
        Assert.Equal(0, workbench.Run("verify", "verified.safetensors", "--recipe", "recipe.json", "--ledger", "bounds",
            "--method", "ibp", "--examples", "4").ExitCode);
        Assert.Equal(0, workbench.Run("report", "bounds").ExitCode);
        Assert.Contains("Verified accuracy against ε in L∞", File.ReadAllText(
            workbench.At("bounds", "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_that_the_file_contradicts_is_refused_and_one_that_fits_is_named()
    {
        const string Model = """{"type":"cnn4","width":1,"hidden":8}""";
        Assert.Equal(0, workbench.Run("train", "recipe.json", "--run", "stated", "--set", $"model={Model}").ExitCode);
        Assert.Equal(0, workbench.Run("export", "stated", "stated.safetensors").ExitCode);
        string[] line = ["verify", "stated.safetensors", "--method", "ibp", "--examples", "4"];
        var other = workbench.Run([.. line, "--recipe", "recipe.json", "--set", $"model={Model}",
            "--set", """model.normalisation={"mean":[0.5],"deviation":[0.25]}"""]);
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("states that images are not normalised", other.Error, StringComparison.Ordinal);
        string[] alone = [.. line, "--data", CommandWorkbench.Data, "--threat", Tiny];
        var named = workbench.Run([.. alone, "--model", Model]);
        Assert.Equal(0, named.ExitCode);
        Assert.Contains("keeps no ledger, so a stopped command begins again", named.Error, StringComparison.Ordinal);
        var twice = workbench.Run([.. alone, "--threat", Tiny]);
        Assert.Equal((2, "error: --threat: found 2 threat models, expected one. Run the command once for each.\n"),
            (twice.ExitCode, twice.Error));
    }

    private string Verify(params string[] arguments)
    {
        var result = workbench.Run(["verify", "run", .. arguments]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        return result.Output;
    }

    private JsonNode Read(string name) => JsonNode.Parse(File.ReadAllText(workbench.At(name)))!;
}
