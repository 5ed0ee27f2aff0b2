using Trainer.Engine.Checkpoints;
using Trainer.Recipes;

namespace Trainer.Tests.Runs;

public sealed class RunFolderTests
{
    [Fact]
    public void A_root_that_is_created_ignores_everything_in_it()
    {
        using var folder = new TemporaryFolder();

        var run = RunFolder.Under(folder.At("checkpoints"), "my-run");

        Assert.Equal(folder.At("checkpoints", "my-run"), run.Path);
        Assert.True(Directory.Exists(run.Path));
        var rules = File.ReadAllLines(folder.At("checkpoints", ".gitignore")).Where(line => !line.StartsWith('#'));
        Assert.Equal(["*", "!.gitignore"], rules);
        Assert.False(File.Exists(folder.At("checkpoints", "my-run", ".gitignore")));
    }

    [Fact]
    public void A_root_that_is_there_keeps_what_it_has()
    {
        using var folder = new TemporaryFolder();
        RunFolder.Under(folder.Path, "a");
        Assert.False(File.Exists(folder.At(".gitignore")));
        File.WriteAllText(folder.At(".gitignore"), "mine");
        RunFolder.Under(folder.Path, "b");
        Assert.Equal("mine", File.ReadAllText(folder.At(".gitignore")));
    }

    [Fact]
    public void A_run_folder_elsewhere_ignores_itself_if_it_is_created()
    {
        using var folder = new TemporaryFolder();
        RunFolder.In(folder.At("new"));
        RunFolder.In(folder.Path);
        Assert.True(File.Exists(folder.At("new", ".gitignore")));
        Assert.False(File.Exists(folder.At(".gitignore")));
    }

    [Fact]
    public void A_folder_that_cannot_be_created_is_an_error_that_names_it()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("file"), "");
        var exception = Assert.Throws<TrainerException>(() => RunFolder.Under(folder.Path, "file"));
        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.Contains(folder.At("file"), exception.Message, StringComparison.Ordinal);
        Assert.Contains("--run", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("a/..")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("/tmp/x")]
    [InlineData("..\\x")]
    [InlineData(".gitignore")]
    [InlineData("a\nb")]
    [InlineData("a ")]
    public void A_name_that_is_no_folder_below_the_root_is_refused_and_creates_nothing(string name)
    {
        using var folder = new TemporaryFolder();
        var exception = Assert.Throws<TrainerException>(() => RunFolder.Under(folder.At("checkpoints"), name));
        Assert.Equal(ErrorKind.Recipe, exception.Kind);
        Assert.StartsWith(
            $"name: found \"{name}\", expected the name of a folder below the checkpoint root", exception.Message,
            StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("my-run")]
    [InlineData("cifar10/my run")]
    [InlineData("ε=8, σ..2")]
    public void Other_names_are_folders_below_the_root(string name)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(folder.At("checkpoints", name), RunFolder.Under(folder.At("checkpoints"), name).Path);
    }

    [Fact]
    public void A_name_longer_than_a_file_name_may_be_is_refused()
    {
        RunFolder.CheckName(new('a', 255));
        Assert.Throws<TrainerException>(() => RunFolder.CheckName(new('a', 256)));
        Assert.Throws<TrainerException>(() => RunFolder.CheckName(new('ε', 128)));
    }

    [Theory]
    [InlineData("recipe.json")]
    [InlineData("report.html")]
    [InlineData("metrics.jsonl")]
    [InlineData("log.txt")]
    [InlineData("checks.json")]
    [InlineData("best")]
    [InlineData("evaluations/notes.txt")]
    public void A_folder_with_files_of_someone_else_is_no_run_folder(string file)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.GetDirectoryName(folder.At("mine", file))!);
        File.WriteAllText(folder.At("mine", file), "mine");
        foreach (var open in (Func<RunFolder>[])[() => RunFolder.In(folder.At("mine")), () =>
            RunFolder.Under(folder.Path, "mine")])
        {
            var exception = Assert.Throws<TrainerException>(open);
            Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
            Assert.Equal(
                $"The folder '{folder.At("mine")}' holds {file.Split('/')[0]} and is no run folder: "
                + "training would overwrite what is there. Name another folder with --run, or move the files away.",
                exception.Message);
        }
        Assert.Equal("mine", File.ReadAllText(folder.At("mine", file)));
    }

    [Theory]
    [InlineData(".lock")] // that of an earlier start
    [InlineData("000001-step-000000005/manifest.json")]
    [InlineData("notes.txt")]
    public void A_run_folder_and_one_with_other_files_are_used(string file)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.GetDirectoryName(folder.At("run", file))!);
        File.WriteAllText(folder.At("run", file), "");
        if (file != "notes.txt")
            File.WriteAllText(folder.At("run", "recipe.json"), "");
        Assert.Equal(folder.At("run"), RunFolder.In(folder.At("run")).Path);
    }
}
