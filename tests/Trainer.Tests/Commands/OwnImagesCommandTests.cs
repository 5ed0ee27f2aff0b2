using System.Text.Json.Nodes;
using Trainer.Tests.Data.Encoded;

namespace Trainer.Tests.Commands;

/// <summary>The command with images of one's own: their faults, the list of data sets and the report.</summary>
public sealed class OwnImagesCommandTests : IClassFixture<CommandWorkbench>
{
    private readonly CommandWorkbench workbench;

    public OwnImagesCommandTests(CommandWorkbench workbench) => this.workbench = workbench;

    public static TheoryData<string, string, int, string> Faults => new()
    {
        { "train", """{ "type": "image-folder", "train": "none", "test": "nor" }""", 3,
            "is no folder, expected one with a folder for each class" },
        { "train", """{ "type": "npz", "train": "recipe.json", "test": "study.json", "classes": 4 }""", 3,
            "/recipe.json " },
        {
            "train",
            """
            { "type": "npy", "train": "recipe.json", "trainLabels": "recipe.json", "test": "study.json",
              "testLabels": "recipe.json", "classes": 4 }
            """, 3, "/recipe.json begins with 7b" },
        { "check", """{ "type": "parquet", "train": "recipe.json", "test": "study.json" }""", 3,
            "/recipe.json cannot be read as Parquet" },
        { "check", """{ "type": "image-folder", "train": "folder", "test": "./folder/" }""", 2,
            "data.test: found '" },
        { "check", """{ "type": "npz", "train": "a", "test": "b" }""", 2, "data.classes: missing" },
        { "check", """{ "type": "image-folder", "train": "a", "test": "b", "order": "random" }""", 2,
            "data.order: found \"random\", expected one of interleaved, name" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_of_the_data_ends_the_command_and_creates_nothing(string command, string data, int exitCode,
        string found)
    {
        var before = workbench.Contents;
        string[] words = command == "train" ? ["train"] : ["recipe", "check"];
        var result = workbench.Run([.. words, "recipe.json", "--set", $"data={data}",
            .. command == "train" ? (string[])["--run", "faulty"] : []]);
        Assert.Equal((exitCode, true), (result.ExitCode, result.Error.Contains(found, StringComparison.Ordinal)));
        Assert.Equal(before, workbench.Contents);
    }

    [Fact]
    public void Check_names_the_first_damaged_file_of_a_folder()
    {
        foreach (var name in (string[])["train/a/1.png", "train/a/2.png", "train/b/1.png", "train/b/2.png",
            "test/a/1.png", "test/b/1.png"])
        {
            var path = workbench.At("pictures", name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(PillowImages.At("rgb.png"), path);
        }
        File.WriteAllBytes(workbench.At("pictures", "train", "a", "2.png"),
            File.ReadAllBytes(PillowImages.At("rgb.png"))[..200]);
        File.WriteAllText(workbench.At("pictures", "train", "b", "2.png"), "none");
        var before = workbench.Contents;
        var result = workbench.Run(
            "recipe", "check", "recipe.json", "--set",
            """data={ "type": "image-folder", "train": "pictures/train", "test": "pictures/test" }""");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains(
            $"{workbench.At("pictures", "train", "a", "2.png")} is a damaged PNG image of 23×17 pixels (it ends too "
            + $"early), expected a whole one.", result.Error, StringComparison.Ordinal);
        Assert.Equal(before, workbench.Contents);
        Directory.Delete(workbench.At("pictures"), recursive: true);
    }

    [Fact]
    public void List_datasets_names_the_sources_of_one_s_own_images()
    {
        var result = workbench.Run("list", "datasets");
        Assert.Equal(0, result.ExitCode);
        Assert.All((string[])["image-folder", "npz", "npy", "parquet", "safetensors"], name =>
            Assert.Contains(name, result.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void The_report_names_the_classes_as_the_source_does()
    {
        using var formats = new FashionFormats();
        var data = JsonNode.Parse(formats.Data["parquet"])!.ToJsonString();
        var before = workbench.Contents;
        var trained = workbench.Run(
            "train", "recipe.json", "--run", "fashion", "--set", $"data={data}", "--set", "train.maxSteps=1", "--set",
            "logging.reportExamples=10");
        Assert.True(trained.ExitCode == 0, trained.Error);
        var report = File.ReadAllText(workbench.At("fashion", "report.html"));
        Assert.Contains("""<th scope="row">T - shirt / top</th>""", report, StringComparison.Ordinal);
        Assert.Contains("<span>Ankle boot</span>", report, StringComparison.Ordinal);
        workbench.Restore(before);
    }
}
