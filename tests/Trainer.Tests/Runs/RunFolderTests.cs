using Trainer.Engine;
using Trainer.Engine.Runs;

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
}
