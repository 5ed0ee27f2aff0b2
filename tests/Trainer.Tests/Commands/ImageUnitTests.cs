namespace Trainer.Tests.Commands;

/// <summary>Radii, steps and normalisations of pixels from 0 to 255 are refused; images are in [0, 1].</summary>
/// <param name="workbench">Where commands run; its images have 1×8×8 values.</param>
public sealed class ImageUnitTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    private const string Box = ", but pixels are in [0, 1], where 1 allows any image; expected at most 1, ";
    private const string Images = ", but images of 1×8×8 in [0, 1] are at most 8 apart; expected at most that";

    [Theory]
    [InlineData("""{"type":"pgd","steps":2,"stepSize":2}""", "stepSize: found 2 for linf")]
    [InlineData("""{"type":"bim","stepSize":2}""", "stepSize: found 2 for linf")]
    [InlineData("""{"type":"mim","stepSize":2}""", "stepSize: found 2 for linf")]
    [InlineData("""{"type":"multi-targeted","stepSize":2}""", "stepSize: found 2 for linf")]
    [InlineData("""{"type":"eot","attack":{"type":"pgd","steps":2,"stepSize":2}}""", "attack.stepSize: found 2 for linf")]
    [InlineData("""{"type":"sequence","attacks":["fgsm",{"type":"pgd","steps":2,"stepSize":2}]}""",
        "attacks[1].stepSize: found 2 for linf")]
    [InlineData("""{"type":"pgd-adam","rate":2}""", "rate: found 2 for linf")]
    public void A_step_beyond_the_box_is_refused(string attack, string place)
    {
        var result = workbench.Run("evaluate", "run", "--examples", "2", "--attack", attack);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"error: --attack: {place}{Box}", result.Error, StringComparison.Ordinal);
        result = workbench.Run("recipe", "show", "recipe.json", "--set", $"evaluate.attacks=[{attack}]");
        Assert.Contains($"evaluate.attacks[0].{place}{Box}", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""objective={"type":"trades","beta":6,"attack":{"type":"pgd","steps":2,"stepSize":2}}""",
        "objective.attack.stepSize: found 2 for linf")]
    [InlineData("""objective={"type":"awp","objective":{"type":"pgd-at","attack":{"type":"pgd","steps":2,"stepSize":2}}}""",
        "objective.objective.attack.stepSize: found 2 for linf")]
    [InlineData("""objective={"type":"fgsm-rs","alpha":2}""", "objective.alpha: found 2 for linf")]
    [InlineData("""objective={"type":"max","threats":[{"norm":"linf","epsilon":0.1},{"norm":"linf","epsilon":8}]}""",
        "objective.threats[1].epsilon: found 8 for linf")]
    public void So_is_one_of_training(string set, string problem) => Assert.Contains(
        problem + Box, workbench.Run("recipe", "show", "recipe.json", "--set", set).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("l2", 9, 8)]
    [InlineData("l1", 65, 64)]
    public void A_radius_beyond_the_images_is_refused_once_they_are_known(string norm, int radius, int largest)
    {
        var threat = $$"""{"norm":"{{norm}}","epsilon":{{radius}}}""";
        var found = $"error: threat.epsilon: found {radius} for {norm}, but images of 1×8×8 in [0, 1] are at most "
            + $"{largest} apart; expected at most that.\n";
        string[] evaluate = ["evaluate", "run", "--attack", "fgsm", "--examples", "2", "--threat"];
        foreach (var line in (string[][])[[.. evaluate, threat],
            ["train", "recipe.json", "--run", norm, "--set", $"threat={threat}"],
            ["recipe", "check", "recipe.json", "--set", $"threat={threat}"]])
        {
            var result = workbench.Run(line);
            Assert.Equal((2, found), (result.ExitCode, result.Error));
        }
        Assert.False(Directory.Exists(workbench.At(norm)));
        threat = $$"""{"norm":"{{norm}}","epsilon":{{largest}}}""";
        Assert.Equal(0, workbench.Run([.. evaluate, threat]).ExitCode);
    }

    [Fact]
    public void So_are_those_of_an_objective_and_of_a_final_evaluation_and_longer_steps()
    {
        var result = workbench.Run(
            "recipe", "check", "recipe.json", "--set",
            """objective={"type":"max","threats":[{"norm":"linf","epsilon":0.1},{"norm":"l2","epsilon":128}]}""", "--set",
            """evaluate.final=[{"attack":{"type":"pgd","steps":2,"stepSize":16},"threat":{"norm":"l2","epsilon":0.5}}]""");
        Assert.Equal(
            (2, $"error: evaluate.final[0].attack.stepSize: found 16 for l2{Images}; objective.threats[1].epsilon: "
            + $"found 128 for l2{Images}.\n"), (result.ExitCode, result.Error));
    }

    [Theory]
    [InlineData("""{"mean":[125.3],"deviation":[0.5]}""", "mean: found [125.3]")]
    [InlineData("""{"mean":[-0.5],"deviation":[0.5]}""", "mean: found [-0.5]")]
    [InlineData("""{"mean":[0.5],"deviation":[63]}""", "deviation: found [63]")]
    public void A_normalisation_of_other_pixels_is_refused(string normalisation, string found)
    {
        var result = workbench.Run(
            "recipe", "show", "recipe.json", "--set",
            $"model={{\"type\":\"vgg-6\",\"normalisation\":{normalisation}}}");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(
            $"model.normalisation.{found}, but pixels are in [0, 1]; expected values ", result.Error,
            StringComparison.Ordinal);
    }
}
