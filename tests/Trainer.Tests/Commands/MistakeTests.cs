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
        + "deepmind-wide-resnet, lenet, preact-resnet-18, resnet-18, small-cnn, vgg-6, wide-resnet. Did you mean "
        + "\"conv-small\"?")]
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
    public void A_mistake_is_one_line_and_an_exit_code(string line, int exitCode, string message)
    {
        var before = workbench.Contents;
        Assert.Equal((exitCode, "", $"error: {message}\n"), workbench.Run(line.Split(' ')));
        Assert.Equal(before, workbench.Contents);
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
