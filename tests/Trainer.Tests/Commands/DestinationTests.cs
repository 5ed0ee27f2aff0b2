using Trainer.Engine.Storage;
using Trainer.Recipes;

namespace Trainer.Tests.Commands;

/// <summary>
/// Where results go is checked before work begins: here before it is noticed that there is no run to work on.
/// </summary>
/// <param name="workbench">Where commands run.</param>
public sealed class DestinationTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    private const string InTheWay = "Move it away, or name another.";

    [Theory]
    [InlineData("evaluate nothing --out folder", "--out: 'folder' is a folder, expected a file. " + InTheWay)]
    [InlineData("evaluate nothing --out folder/new/", "--out: 'folder/new/' is a folder, expected a file. " + InTheWay)]
    [InlineData("evaluate nothing --out recipe.json", "--out: 'recipe.json' exists already. " + InTheWay)]
    [InlineData("evaluate nothing --out recipe.json/new/out.json",
        "--out: 'recipe.json/new/out.json' is inside 'FOLDER/recipe.json', which is a file. " + InTheWay)]
    [InlineData("evaluate nothing --logits folder", "--logits: 'folder' is a folder, expected a file. " + InTheWay)]
    [InlineData("evaluate nothing --logits recipe.json", "--logits: 'recipe.json' exists already. " + InTheWay)]
    [InlineData("evaluate nothing --out new --logits ./new",
        "--logits: './new' is the file of --out, too. Name another.")]
    [InlineData("evaluate nothing --ledger recipe.json",
        "--ledger: 'recipe.json' is a file, expected a folder. " + InTheWay)]
    [InlineData("evaluate nothing --ledger recipe.json/new",
        "--ledger: 'recipe.json/new' is inside 'FOLDER/recipe.json', which is a file. " + InTheWay)]
    [InlineData("compare nothing none --out folder",
        "--out: 'FOLDER/folder' is a folder, expected a file. " + InTheWay)]
    [InlineData("compare nothing none --out recipe.json",
        "--out: 'FOLDER/recipe.json' exists already and is no page of the trainer's. Name another file.")]
    [InlineData("export run folder", "file: 'folder' is a folder, expected a file. " + InTheWay)]
    [InlineData("export run recipe.json", "file: 'recipe.json' exists already. " + InTheWay)]
    [InlineData("export run recipe.json/new",
        "file: 'recipe.json/new' is inside 'FOLDER/recipe.json', which is a file. " + InTheWay)]
    [InlineData("recipe copy nothing recipe.json/new",
        "target: 'recipe.json/new' is inside 'FOLDER/recipe.json', which is a file. " + InTheWay)]
    [InlineData("recipe schema folder", "file: 'folder' is a folder, expected a file. " + InTheWay)]
    [InlineData("recipe schema recipe.json",
        "file: 'recipe.json' exists already and is no schema of recipes. Name another file.")]
    [InlineData("study schema recipe.json",
        "file: 'recipe.json' exists already and is no schema of studies. Name another file.")]
    [InlineData("train nothing --run recipe.json", "--run: 'recipe.json' is a file, expected a folder. " + InTheWay)]
    [InlineData("train nothing --run recipe.json/new",
        "--run: 'recipe.json/new' is inside 'FOLDER/recipe.json', which is a file. " + InTheWay)]
    public void A_destination_that_cannot_be_written_is_named_before_work_begins(string line, string message)
    {
        var before = workbench.Contents;
        var (exitCode, output, error) = workbench.Run(line.Split(' '));
        Assert.Equal(
            (2, "", $"error: {message}\n"), (exitCode, output, error.Replace(
            workbench.At(), "FOLDER", StringComparison.Ordinal)));
        Assert.Equal(before, workbench.Contents);
    }

    [Theory]
    [InlineData("/proc/new.json")]
    [InlineData("/proc/new/out.json")]
    [InlineData("/sys/out.json")]
    public void A_file_system_that_takes_no_files_is_noticed_before_work_begins(string path)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var (exitCode, _, error) = workbench.Run("evaluate", "nothing", "--out", path);
        Assert.Equal(2, exitCode);
        Assert.StartsWith($"error: --out: '{path}' cannot be written: ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/proc/new.json", "/proc")]
    [InlineData("/proc/self/fd/new/out.json", "/proc/self/fd")]
    public void The_advice_for_a_place_that_is_no_disk_is_another_place(string path, string folder)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var result = workbench.Run("evaluate", "nothing", "--out", path);
        Assert.Equal(
            $"error: --out: '{path}' cannot be written: files cannot be created in '{folder}'. Name another place, "
            + "or make this one writable.\n", result.Error);
    }

    [Theory]
    [InlineData("train recipe.json --run LINK", "--run: 'LINK'")]
    [InlineData("evaluate run --out LINK", "--out: 'LINK'")]
    [InlineData("evaluate run --logits LINK", "--logits: 'LINK'")]
    [InlineData("evaluate run --ledger LINK", "--ledger: 'LINK'")]
    [InlineData("export run LINK", "file: 'LINK'")]
    [InlineData("compare run run --out LINK", "--out: 'FOLDER/LINK'")]
    [InlineData("recipe copy recipe.json LINK", "target: 'LINK'")]
    [InlineData("recipe schema LINK", "file: 'LINK'")]
    public void A_symbolic_link_to_nothing_is_no_destination(string line, string place)
    {
        if (OperatingSystem.IsWindows())
            return;
        foreach (var target in (string[])["nowhere", "no/where/at/all", "link"])
        {
            File.CreateSymbolicLink(workbench.At("link"), target);
            var before = workbench.Contents;
            var (exitCode, output, error) = workbench.Run(
                line.Replace("LINK", "link", StringComparison.Ordinal).Split(' '));
            var message = $"error: {place.Replace("LINK", "link", StringComparison.Ordinal)} is a symbolic link to "
                + $"'{target}', which does not exist. Create what it leads to, remove it, or name another.\n";
            Assert.Equal((2, "", message), (exitCode, output, error.Replace(
                workbench.At(), "FOLDER", StringComparison.Ordinal)));
            Assert.Equal(before, workbench.Contents);
            File.Delete(workbench.At("link"));
        }
    }

    [Theory]
    [InlineData("compare run run --out /dev/zero",
        "error: --out: '/dev/zero' exists already and is no page of the trainer's. Name another file.\n")]
    [InlineData("recipe schema /dev/zero",
        "error: file: '/dev/zero' exists already and is no schema of recipes. Name another file.\n")]
    public void Of_a_file_in_the_way_the_beginning_alone_is_read(string line, string message)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var result = workbench.Run(line.Split(' '));
        Assert.Equal((2, message), (result.ExitCode, result.Error));
    }

    [Fact]
    public void A_report_that_cannot_be_written_is_noticed_before_it_is_measured()
    {
        var page = workbench.At("run", "report.html");
        File.Delete(page);
        Directory.CreateDirectory(page);
        var result = workbench.Run("report", "run", "--examples", "4");
        Directory.Delete(page);
        Assert.Equal((2, "", $"error: report: '{page}' is a folder, expected a file. {InTheWay}\n"), result);
        Assert.False(File.Exists(workbench.At("run", "examination.json")));
    }

    [Theory]
    [InlineData("export run made/a/weights.safetensors", "made/a/weights.safetensors")]
    [InlineData("evaluate run --attack fgsm --examples 2 --ledger made/b --out made/c/out.json --logits made/d/logits",
        "made/c/out.json made/d/logits")]
    [InlineData("compare run run --out made/e/page.html", "made/e/page.html")]
    [InlineData("recipe schema made/f/schema.json", "made/f/schema.json")]
    public void The_folder_of_a_destination_is_created(string line, string files)
    {
        var result = workbench.Run(line.Split(' '));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.All(files.Split(' '), file => Assert.True(File.Exists(workbench.At(file))));
        Assert.Empty(Directory.EnumerateFiles(workbench.At("made"), "*.part", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_schema_that_is_there_is_renewed()
    {
        Assert.Equal(0, workbench.Run("recipe", "schema", "made/g/schema.json").ExitCode);
        var schema = File.ReadAllText(workbench.At("made", "g", "schema.json"));
        File.AppendAllText(workbench.At("made", "g", "schema.json"), "// of an earlier version");
        Assert.Equal(0, workbench.Run("recipe", "schema", "made/g/schema.json").ExitCode);
        Assert.Equal(schema, File.ReadAllText(workbench.At("made", "g", "schema.json")));
        // One of other files is not.
        Assert.Equal(2, workbench.Run("study", "schema", "made/g/schema.json").ExitCode);
    }

    [Fact]
    public void A_check_leaves_nothing_behind()
    {
        var before = workbench.Contents;
        Destination.CheckNewFile("file", workbench.At("a", "b", "new"));
        Destination.CheckFile("file", workbench.At("recipe.json"));
        Destination.CheckFolder("folder", workbench.At("folder"));
        Destination.CheckFolder("folder", workbench.At("new", "folder"));
        Assert.Equal(before, workbench.Contents);
        Assert.Equal(
            "file: '' is an empty name. Name one.",
            Assert.Throws<TrainerException>(() => Destination.CheckFile("file", "")).Message);
    }
}
