using System.Text.Json.Nodes;

namespace Trainer.Tests.Commands;

/// <summary>trainer certify, in the process.</summary>
/// <param name="workbench">Where commands run.</param>
public sealed class CertifyCommandTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    private static readonly string[] Smoothing = ["--sigma", "0.05", "--n0", "20", "--n", "500", "--every", "2"];

    [Fact]
    public void It_prints_certified_accuracy_by_radius_and_writes_ledger_results_and_curve()
    {
        var output = Certify("--out", workbench.At("out.json"));
        Assert.Contains("0.00", output, StringComparison.Ordinal);
        Assert.Contains("average certified radius", output, StringComparison.Ordinal);
        var results = JsonNode.Parse(File.ReadAllText(workbench.At("out.json")))!;
        Assert.Equal((6, 0.05, 500), ((int)results["examples"]!, (double)results["sigma"]!, (int)results["n"]!));
        var certified = results["certified"]!.AsArray();
        Assert.Equal(results["radii"]!.AsArray().Count, 6 * (double)certified[0]!["accuracy"]!, 1e-9);
        Assert.Null(results["underAttack"]);
        var folder = Path.GetDirectoryName(Directory.GetFiles(
            workbench.At("run", "evaluations"), "certification.json", SearchOption.AllDirectories).First())!;
        Assert.Contains(folder, output, StringComparison.Ordinal);
        var page = File.ReadAllText(Path.Combine(folder, "certification.html"));
        Assert.Contains("Certified accuracy against the L2 radius", page, StringComparison.Ordinal);
        // A second time, all is in the ledger.
        Assert.Equal(output, Certify());
    }

    [Fact]
    public void The_smoothed_network_is_attacked_under_the_threat_model_of_the_command_line()
    {
        var output = Certify("--attack", """{"type":"pgd","steps":2}""", "--attack-draws", "2", "--predict-n", "100",
            "--threat", """{"norm":"l2","epsilon":0.05}""", "--out", workbench.At("attacked.json"));
        Assert.Contains("under pgd-2 on 2 draws, l2 0.05: ", output, StringComparison.Ordinal);
        var attacked = JsonNode.Parse(File.ReadAllText(workbench.At("attacked.json")))!["underAttack"]!;
        Assert.Equal(("l2", 100), ((string?)attacked["threat"]!["norm"], (int)attacked["draws"]!));
        var square = workbench.Run(["certify", "run", .. Smoothing, "--attack", "square"]);
        Assert.Equal(2, square.ExitCode);
        Assert.StartsWith("error: --attack: square", square.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Results_beside_the_ledger_keep_every_attack_whatever_is_certified_later()
    {
        var ledgers = workbench.At("ledgers");
        string[] attack = ["--ledger", ledgers, "--attack", """{"type":"pgd","steps":2}""", "--attack-draws", "2",
            "--threat", """{"norm":"l2","epsilon":0.05}""", "--predict-n"];
        var output = Certify([.. attack, "100", "--out", workbench.At("found.json")]);
        var folder = Path.GetDirectoryName(Assert.Single(
            Directory.GetFiles(ledgers, "certification.json", SearchOption.AllDirectories)))!;
        var found = Assert.Single(Attacks());
        Assert.Equal(
            JsonNode.Parse(File.ReadAllText(workbench.At("found.json")))!["underAttack"]!.ToJsonString(), found);
        var results = JsonNode.Parse(found)!;
        Assert.Equal(("pgd-2 on 2 draws", "l2", 0.05, 100), ((string?)results["attack"],
            (string?)results["threat"]!["norm"], (double)results["threat"]!["epsilon"]!, (int)results["draws"]!));
        var certified = (double)Results()["certified"]![0]!["accuracy"]!;
        Assert.Equal(6 * certified, (int)results["attackedExamples"]!, 1e-9);
        Assert.InRange((double)results["accuracy"]!, 0, certified);
        var attacked = Path.Combine(ledgers, (string)results["ledger"]!);
        Assert.True(File.Exists(Path.Combine(attacked, "ledger.jsonl")));
        Assert.EndsWith($"are in {folder}; the attack's ledger is in {attacked}\n", output, StringComparison.Ordinal);

        Assert.EndsWith($"are in {folder}\n", Certify("--ledger", ledgers), StringComparison.Ordinal);
        Assert.Equal([found], Attacks());
        Certify([.. attack, "200"]);
        Certify([.. attack, "100"]);
        Assert.Equal(2, Attacks().Count);
        Assert.Contains(found, Attacks());
        Assert.Equal(0, workbench.Run("report", ledgers).ExitCode);
        string[] pages = [Path.Combine(folder, "certification.html"), Path.Combine(ledgers, "report.html")];
        foreach (var page in pages)
            Assert.Equal(3, File.ReadAllText(page).Split("pgd-2 on 2 draws, L2 ≤ 0.05: ").Length);

        // Earlier versions wrote no attacks.
        var earlier = Results().AsObject();
        earlier.Remove("attacks");
        File.WriteAllText(Path.Combine(folder, "certification.json"), earlier.ToJsonString());
        Assert.Equal(0, workbench.Run("report", ledgers).ExitCode);
        Certify("--ledger", ledgers);
        Assert.Empty(Attacks());
        File.WriteAllText(Path.Combine(folder, "certification.json"), "{");
        var damaged = workbench.Run(["certify", "run", .. Smoothing, "--ledger", ledgers]);
        Assert.Equal(4, damaged.ExitCode);
        Assert.Contains("Move it away and start again", damaged.Error, StringComparison.Ordinal);

        JsonNode Results() => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "certification.json")))!;
        List<string> Attacks() => [.. Results()["attacks"]!.AsArray().Select(one => one!.ToJsonString())];
    }

    [Fact]
    public void Another_noise_than_that_of_the_training_is_noted()
    {
        Assert.Equal(0, workbench.Run("train", "recipe.json", "--run", "noisy", "--set",
            """objective={"type":"gaussian","sigma":0.25}""").ExitCode);
        string[] few = ["--n0", "10", "--n", "20", "--examples", "1"];
        Assert.Contains("note: the network was trained with σ 0.25 and is certified with σ 0.5: ",
            workbench.Run(["certify", "noisy", "--sigma", "0.5", .. few]).Error, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "σ", workbench.Run(["certify", "noisy", "--sigma", "0.25", .. few]).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--sigma is missing", "--n", "10")]
    [InlineData("--examples and --every", "--sigma", "1", "--examples", "2", "--every", "2")]
    [InlineData("--predict-n is not for a certification without --attack.", "--sigma", "1", "--predict-n", "2")]
    [InlineData("--threat is not for a certification without --attack.", "--sigma", "1", "--threat", "{}")]
    [InlineData("--sigma: found \"0\", expected a number above 0", "--sigma", "0")]
    [InlineData("--n: found 9; at α 0.001, n must be at least 10: ", "--sigma", "1", "--n", "9")]
    [InlineData("--n: found 2; at α 0.25, n must be at least 3: ", "--sigma", "1", "--n", "2", "--alpha", "0.25")]
    [InlineData("--alpha: found \"0.7\", expected a number from 1e-9 to 0.5", "--sigma", "1", "--alpha", "0.7")]
    public void What_does_not_fit_is_a_mistake_of_the_command_line(string message, params string[] arguments)
    {
        var result = workbench.Run(["certify", "run", .. arguments]);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"error: {message}", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_and_comparisons_have_the_curve()
    {
        Certify();
        Assert.Equal(0, workbench.Run("report", "run", "--examples", "0").ExitCode);
        Assert.Contains("Certified accuracy of the smoothed network", File.ReadAllText(
            workbench.At("run", "report.html")), StringComparison.Ordinal);
        Assert.Equal(0, workbench.Run("compare", "run", "run", "--out", "compared.html").ExitCode);
        Assert.Contains("Certified accuracy of the smoothed network", File.ReadAllText(
            workbench.At("compared.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_without_a_run_have_a_report_in_the_folder_of_ledgers()
    {
        Assert.Equal(0, workbench.Run("export", "run", "weights.safetensors").ExitCode);
        var certified = workbench.Run(
            ["certify", "weights.safetensors", "--recipe", "recipe.json", "--ledger", "kept", .. Smoothing]);
        Assert.Equal(0, certified.ExitCode);
        Assert.Matches(@"^note: measures \{""type"":""conv-small""\} for 4 classes of [^\n]*, not normalised\n$",
            certified.Error);
        Assert.Equal(0, workbench.Run("report", "kept").ExitCode);
        Assert.Contains("Certified accuracy of the smoothed network", File.ReadAllText(
            workbench.At("kept", "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_weights_needs_a_threat_model_for_an_attack_alone()
    {
        Assert.Equal(0, workbench.Run("export", "run", "stated.safetensors").ExitCode);
        string[] line = ["certify", "stated.safetensors", "--data", CommandWorkbench.Data, .. Smoothing];
        Assert.Equal(0, workbench.Run(line).ExitCode);
        var attacked = workbench.Run([.. line, "--attack", "fgsm"]);
        Assert.Equal(2, attacked.ExitCode);
        Assert.Contains("--threat is missing", attacked.Error, StringComparison.Ordinal);
    }

    private string Certify(params string[] arguments)
    {
        var result = workbench.Run(["certify", "run", .. Smoothing, .. arguments]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        return result.Output;
    }
}
