using Trainer.Engine;
using Trainer.Engine.Data.Poisoning;
using Trainer.Engine.Training;
using Trainer.Engine.Training.Perturbations;
using Trainer.Recipes;

namespace Trainer.Tests.Commands;

/// <summary>The noise that the command poison computes for unlearnable.</summary>
public sealed class UnlearnableNoiseTests : IClassFixture<CommandWorkbench>
{
    private readonly CommandWorkbench workbench;

    public UnlearnableNoiseTests(CommandWorkbench workbench) => this.workbench = workbench;

    [Fact]
    public void The_noise_depends_on_the_seed_of_the_poison_and_not_of_the_recipe()
    {
        byte[] Noise(string folder, int recipe, int poison)
        {
            Assert.Equal(0, workbench.Run("poison", "recipe.json", "--out", folder, "--set", $"seed={recipe}", "--set",
                $$"""data.poison={"type":"unlearnable","rounds":1,"steps":1,"trainSteps":2,"seed":{{poison}}}""")
                .ExitCode);
            return File.ReadAllBytes(workbench.At(folder, "perturbed.safetensors"));
        }
        var first = Noise("noise-0", 0, 0);
        Assert.Equal(first, Noise("noise-0-again", 1, 0));
        Assert.NotEqual(first, Noise("noise-1", 0, 1));
        // Its network has initial weights and draws that no run of the poison's seed has.
        var poison = new Unlearnable { Rounds = 1, Steps = 1, TrainSteps = 2 };
        Assert.Equal(first, Own(poison.NetworkSeed));
        Assert.NotEqual(first, Own(poison.Seed));

        byte[] Own(long seed)
        {
            var recipe = RecipeLoader.FromText<Recipe>(
                File.ReadAllText(workbench.At("recipe.json")), "recipe.json", BuiltInComponents.Registry(),
                [$"seed={seed}", $"data.train={workbench.At("train.safetensors")}",
                    $"data.test={workbench.At("test.safetensors")}"]).Value;
            using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
            run.UseThreads(get_num_threads());
            new ErrorMinimisingNoise(poison, run).Write(workbench.At("own"), (_, _) => { });
            return File.ReadAllBytes(workbench.At("own"));
        }
    }

    [Fact]
    public void Noise_is_computed_with_an_objective_that_knows_the_rows()
    {
        var (code, _, error) = workbench.Run("poison", "recipe.json", "--out", "pco", "--set",
            """objective={"type":"fgsm-pco"}""", "--set",
            """data.poison={"type":"unlearnable","rounds":2,"steps":1,"trainSteps":3}""");
        Assert.Equal((0, false), (code, error.Contains("error", StringComparison.Ordinal)));
    }
}
