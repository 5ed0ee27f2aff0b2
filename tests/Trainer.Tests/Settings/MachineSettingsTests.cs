using Trainer.Engine;
using Trainer.Engine.Settings;

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
    public void The_working_folder_lies_over_the_command_and_folders_are_relative_to_their_file()
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
            $"{working}/trainer.json:2: devise: unknown setting, expected one of data, device, checkpoints, Serilog, $schema. Did you mean \"device\"?",
            exception.Message);
    }

    [Fact]
    public void A_file_that_is_not_JSON_is_refused()
    {
        Write(working, "{ device }");
        var exception = Assert.Throws<TrainerException>(() => MachineSettings.Read(command, working));
        Assert.Equal(
            $"{working}/trainer.json:1: not valid JSON: 'd' is an invalid start of a property name. Expected a '\"'.", exception.Message);
    }

    private static void Write(string folder, string text) => File.WriteAllText(Path.Combine(folder, "trainer.json"), text);
}
