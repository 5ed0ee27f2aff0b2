namespace Trainer.Tests.Commands;

/// <summary>What people see who mistype: one line, an exit code, and nothing created.</summary>
public sealed class MistakeTests : IClassFixture<CommandWorkbench>
{
    private readonly CommandWorkbench workbench;

    public MistakeTests(CommandWorkbench workbench)
    {
        this.workbench = workbench;
        File.Copy(workbench.At("recipe.json"), workbench.At("small.json"), overwrite: true);
    }

    [Theory]
    [InlineData("train", 2, "Required argument 'recipe' missing for command: 'train'. See: trainer train --help")]
    [InlineData("train small.json more", 2, "Unrecognized command or argument 'more'. See: trainer train --help")]
    [InlineData(
        "train small.json --rnu here",
        2,
        "Unrecognized command or argument '--rnu'. Did you mean --run? See: trainer train --help")]
    [InlineData(
        "train small.json --set",
        2,
        "Required argument missing for option: '--set'. See: trainer train --help")]
    [InlineData(
        "train small.json --set train.epochs=0",
        2,
        "--set train.epochs: found 0, expected a whole number of at least 1.")]
    [InlineData(
        "train small.json --set model.type=conv-smal",
        2,
        "--set model.type: found \"conv-smal\", expected one of cnn4, cnn7, conv-small, conv-small-bn, "
        + "convnext, deepmind-wide-resnet, lenet, preact-resnet-18, resnet-18, small-cnn, vgg-6, vit, wide-resnet, "
        + "xcit. Did you mean \"conv-small\"?")]
    [InlineData(
        "train small.json --set device=gpu",
        2,
        "device: found \"gpu\", expected \"auto\", \"cpu\", \"cuda\" or \"cuda:1\".")]
    [InlineData(
        "train small.json --set name=..",
        2,
        "name: found \"..\", expected the name of a folder below the checkpoint root, such as \"my-run\" or "
        + "\"cifar10/my-run\": no part of it empty, longer than 255 bytes, or with a dot or space at its "
        + "beginning or a space at its end.")]
    [InlineData(
        "recipe check small.json --set name=../x",
        2,
        "name: found \"../x\", expected the name of a folder below the checkpoint root, such as \"my-run\" "
        + "or \"cifar10/my-run\": no part of it empty, longer than 255 bytes, or with a dot or space at its "
        + "beginning or a space at its end.")]
    [InlineData("recipe", 2, "Required command was not provided. See: trainer recipe --help")]
    [InlineData(
        "recipe shwo small.json",
        2,
        "Unrecognized command or argument 'shwo'. Did you mean show? See: trainer recipe --help")]
    [InlineData(
        "recipe copy small.json small.json",
        2,
        "target: 'small.json' exists already. Move it away, or name another.")]
    [InlineData(
        "list atacks",
        2,
        "found \"atacks\", expected one of attacks, augmentations, averages, datasets, hooks, models, "
        + "objectives, optimizers, poisons, schedules, recipes. Did you mean attacks?")]
    [InlineData("", 2, "Required command was not provided. See: trainer --help")]
    [InlineData("trian small.json", 2,
        "Unrecognized command or argument 'trian'. Did you mean train? See: trainer --help")]
    [InlineData("train smal.json", 2,
        "smal.json: no such file; expected a JSON file. Did you mean \"small.json\"?")]
    [InlineData("train small.json --set train.epoch=1", 2, "--set train.epoch: unknown key, expected one of epochs, "
        + "batchSize, lastBatch, precision, attackPrecision, maxSteps, labelSmoothing, attackSmoothedLabels, "
        + "epsilonWarmupEpochs, gradientClip, earlyStopping. Did you mean \"epochs\"?")]
    [InlineData("train small.json --set data={\"type\":\"mnist\",\"path\":\"nowhere\"}", 3, "Found no mnist: "
        + "looked in FOLDER/nowhere for train-images-idx3-ubyte (or train-images-idx3-ubyte.gz) and the rest. "
        + "Get it with scripts/get-data.sh mnist, or name its folder by data.path in the recipe.")]
    [InlineData("train small.json --extension My.dll", 2,
        "--extension: the extension FOLDER/My.dll: there is no such file; build the extension, or correct the name.")]
    [InlineData(
        "recipe check small.json --set model={\"type\":\"preact-resnet-18\",\"width\":2} --set train.batchSize=31", 2,
        "train.lastBatch: found \"keep\"; the last batch of 32 images in batches of 31 has 1, "
        + "of which batch norm has a single image to normalise, whose feature maps are one pixel. "
        + "Set train.lastBatch to \"drop\" or \"merge\", or choose another train.batchSize.")]
    [InlineData(
        "train small.json --set objective={\"type\":\"ibp\"} --set model={\"type\":\"conv-small-bn\"} "
        + "--set batchNorm.sets=2", 2,
        "batchNorm.sets: found 2, but bounds are trained with the clean images' statistics; expected 1.")]
    [InlineData(
        "train small.json --set objective={\"type\":\"ibp\"} --set model={\"type\":\"conv-small-bn\"} "
        + "--set batchNorm.update=[\"natural\"]", 2,
        "batchNorm.update: found a list, but bounds are trained with the clean images' statistics; expected \"all\".")]
    public void A_mistake_is_one_line_and_an_exit_code(string line, int exitCode, string message)
    {
        var before = workbench.Contents;
        var (code, output, error) = workbench.Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(
            (exitCode, "", $"error: {message}\n"),
            (code, output, error.Replace(workbench.At(), "FOLDER", StringComparison.Ordinal)));
        Assert.Equal(before, workbench.Contents);
    }

    [Fact]
    public void A_shown_recipe_is_a_recipe()
    {
        var shown = workbench.Run("recipe", "show", "small.json", "--set", "threat.epsilon=8/255");
        File.WriteAllText(workbench.At("shown.json"), shown.Output);
        Assert.Equal(
            shown.Output.Split('\n')[0],
            workbench.Run("recipe", "show", "shown.json").Output.Split('\n')[0]);
    }

    [Fact]
    public void A_copied_recipe_extends_the_same_one_from_its_new_place()
    {
        File.WriteAllText(workbench.At("child.json"), """{ "extends": "small.json" /* mine */ }""");
        var copied = workbench.Run("recipe", "copy", "child.json", "own/mine.json");
        Assert.Equal(
            "own/mine.json: change what you want, look at it with: trainer recipe show own/mine.json\n", copied.Output);
        Assert.Contains("\"name\": \"mine\"", workbench.Run("recipe", "show", "own/mine.json", "--plain").Output);
    }

    [Fact]
    public void A_check_says_where_epsilon_ends_that_rises_for_longer_than_the_run() => Assert.Contains(
        "it ends with 0.0333 in the place of 0.1.",
        workbench.Run("recipe", "check", "recipe.json", "--set", "train.epsilonWarmupEpochs=3").Output);

    [Fact]
    public void A_check_says_where_bounds_are_trained_on_without_a_warm_up() => Assert.Contains(
        "crown-ibp: without train.epsilonWarmupEpochs it trains on interval bounds alone",
        workbench.Run("recipe", "check", "recipe.json", "--set", "objective={\"type\":\"crown-ibp\"}").Output);

    [Fact]
    public void A_check_says_where_held_out_images_are_certified_with_other_noise_than_is_trained_with()
    {
        Assert.Contains("evaluate.certify.sigma is 0.25, and objective.sigma 0.5", Check("0.5"));
        Assert.DoesNotContain("objective.sigma", Check("0.25"));

        string Check(string sigma) => workbench.Run(
            "recipe", "check", "recipe.json", "--set", $$"""objective={"type":"gaussian","sigma":{{sigma}}}""", "--set",
            """evaluate.certify={"sigma":0.25,"n":10,"examples":2}""").Output;
    }

    [Theory]
    [InlineData("attacks", @"stepSize +a number of at least 0 +null +Length of one step")]
    [InlineData("augmentations", @"(?m)^flip ")]
    [InlineData("averages", @"(?m)^ema ")]
    [InlineData("datasets", @"augment +a list of augmentations +\[\] +Random changes")]
    [InlineData("hooks", "^none but those of an extension")]
    [InlineData("models", @"(?m)^conv-small ")]
    [InlineData("objectives", @"(?m)^pgd-at ")]
    [InlineData("optimizers", @"(?m)^sgd ")]
    [InlineData("poisons", @"(?m)^badnets ")]
    [InlineData("schedules", @"(?m)^cosine ")]
    public void Every_kind_can_be_listed(string kind, string expected)
    {
        var (exitCode, output, error) = workbench.Run("list", kind);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Matches(expected, output);
    }
}
