using Trainer.Engine.Settings;
using Trainer.Recipes;

namespace Trainer.Tests.Settings;

public sealed class MachineSettingsTests : IDisposable
{
    private readonly string command = Directory.CreateTempSubdirectory("command-").FullName;
    private readonly string working = Directory.CreateTempSubdirectory("working-").FullName;

    public void Dispose()
    {
        Directory.Delete(command, recursive: true);
        Directory.Delete(working, recursive: true);
    }

    [Fact]
    public void Without_files_the_defaults_hold()
    {
        var settings = MachineSettings.Read(command, working);
        Assert.Empty(settings.DataRoots);
        Assert.Equal(("auto", "checkpoints"), (settings.Device, settings.CheckpointRoot));
    }

    [Fact]
    public void The_working_folder_overrides_the_command_and_folders_are_relative_to_their_file()
    {
        Write(command, """{ "data": ["sets", "/srv/sets"], "checkpoints": "runs", "device": "cuda:1" }""");
        Write(working, """{ /* here */ "device": "cpu", "Serilog": { "MinimumLevel": "Debug" }, }""");
        var settings = MachineSettings.Read(command, working);
        Assert.Equal([Path.Combine(command, "sets"), "/srv/sets"], settings.DataRoots);
        Assert.Equal(("cpu", Path.Combine(command, "runs")), (settings.Device, settings.CheckpointRoot));
        Assert.Equal("Debug", settings.Configuration["Serilog:MinimumLevel"]);
    }

    [Fact]
    public void A_list_replaces_a_list_as_in_recipes()
    {
        Write(command, """{ "data": ["a", "b", "c"] }""");
        Write(working, """{ "data": "d" }""");
        Assert.Equal([Path.Combine(working, "d")], MachineSettings.Read(command, working).DataRoots);
    }

    [Fact]
    public void An_unknown_setting_is_refused()
    {
        Write(working, "{\n  \"devise\": \"cpu\"\n}");
        var exception = Assert.Throws<TrainerException>(() => MachineSettings.Read(command, working));
        Assert.Equal(
            $"{working}/trainer.json:2: devise: unknown setting, expected one of data, device, checkpoints, Serilog, "
            + "$schema. Did you mean \"device\"?",
            exception.Message);
    }

    [Fact]
    public void A_file_that_is_not_JSON_is_refused()
    {
        Write(working, "{ device }");
        var exception = Assert.Throws<TrainerException>(() => MachineSettings.Read(command, working));
        Assert.Equal(
            $"{working}/trainer.json:1: not valid JSON: found 'd' in column 3, "
            + "expected a key in double quotation marks; correct it there.", exception.Message);
    }

    [Theory]
    [InlineData("null", "1: found null, expected an object: { \"device\": \"cpu\" }.")]
    [InlineData("[]", "1: found a list, expected an object: { \"device\": \"cpu\" }.")]
    [InlineData("\"cpu\"", "1: found \"cpu\", expected an object: { \"device\": \"cpu\" }.")]
    [InlineData("{ \"device\": 5 }", "1: device: found 5, expected text in quotation marks, such as \"cpu\".")]
    [InlineData("{\n\"device\": [\"cpu\"] }",
        "2: device: found a list, expected text in quotation marks, such as \"cpu\".")]
    [InlineData("{ \"device\": \"\" }", "1: device: found \"\", expected text in quotation marks, such as \"cpu\".")]
    [InlineData("{ \"data\": { \"a\": \"b\" } }",
        "1: data: found an object, expected a folder in quotation marks, or a list of folders.")]
    [InlineData("{ \"data\": [\"a\", 1] }",
        "1: data: found a list, expected a folder in quotation marks, or a list of folders.")]
    [InlineData("{ \"checkpoints\": true }", "1: checkpoints: found true, expected a folder in quotation marks.")]
    [InlineData("{ \"Serilog\": \"Debug\" }", "1: Serilog: found \"Debug\", expected an object.")]
    public void A_file_that_holds_something_else_is_refused(string text, string message)
    {
        Write(working, text);
        var exception = Assert.Throws<TrainerException>(() => MachineSettings.Read(command, working));
        Assert.Equal((ErrorKind.Recipe, $"{working}/trainer.json:{message}"), (exception.Kind, exception.Message));
    }

    [Fact]
    public void Null_is_as_good_as_no_setting()
    {
        Write(working, """{ "data": null, "device": null, "checkpoints": null, "Serilog": null }""");
        var settings = MachineSettings.Read(command, working);
        Assert.Equal((0, "auto", "checkpoints"), (settings.DataRoots.Count, settings.Device, settings.CheckpointRoot));
    }

    private static void Write(string folder, string text) =>
        File.WriteAllText(Path.Combine(folder, "trainer.json"), text);
}
