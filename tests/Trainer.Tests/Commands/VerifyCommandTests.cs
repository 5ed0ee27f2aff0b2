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
        Assert.Contains("No recorded attack on these weights under this threat model", clean, StringComparison.Ordinal);
        var tiny = Read("tiny.json");
        // Without room for a perturbation every image that is right is verified.
        Assert.Equal((double)tiny["cleanAccuracy"]!, (double)tiny["verifiedAccuracy"]!);
        Assert.Equal(0, (double)tiny["open"]!);
        Assert.Equal(("crown", 12), ((string?)tiny["method"], (int)tiny["examples"]!));

        var attacked = workbench.Run(
            "evaluate", "run", "--attack", """{"type":"pgd","steps":10}""", "--examples", "12");
        Assert.Equal(0, attacked.ExitCode);
        foreach (var method in (string[])["ibp", "crown", "alpha-crown"])
            Verify("--method", method, "--examples", "12", "--out", workbench.At($"{method}.json"));
        var (ibp, crown, alpha) = (Read("ibp.json"), Read("crown.json"), Read("alpha-crown.json"));
        foreach (var result in (JsonNode[])[ibp, crown, alpha])
        {
            var (verified, robust, open) = ((double)result["verifiedAccuracy"]!,
                (double)result["accuracyUnderAttack"]!, (double)result["open"]!);
            Assert.Equal(robust, verified + open, 1e-12);
            Assert.InRange(robust, verified, (double)result["cleanAccuracy"]!);
        }
        Assert.InRange((double)ibp["verifiedAccuracy"]!, 0, (double)crown["verifiedAccuracy"]!);
        Assert.InRange((double)crown["verifiedAccuracy"]!, 0, (double)alpha["verifiedAccuracy"]!);
    }

    [Fact]
    public void A_second_verification_takes_its_blocks_from_the_ledger()
    {
        string[] arguments = ["--threat", """{"norm":"l2","epsilon":0.01}""", "--method", "ibp", "--examples", "8"];
        var first = Verify(arguments);
        var ledger = Directory.GetFiles(workbench.At("run", "evaluations"), "ledger.jsonl", SearchOption.AllDirectories)
            .OrderBy(File.GetLastWriteTimeUtc).Last();
        var text = File.ReadAllText(ledger);
        Assert.Contains("bounds ibp, version 1", text, StringComparison.Ordinal);
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

    private string Verify(params string[] arguments)
    {
        var result = workbench.Run(["verify", "run", .. arguments]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        return result.Output;
    }

    private JsonNode Read(string name) => JsonNode.Parse(File.ReadAllText(workbench.At(name)))!;
}
