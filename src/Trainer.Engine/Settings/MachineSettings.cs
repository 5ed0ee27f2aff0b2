using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;
using Trainer.Recipes;
using Trainer.Recipes.Binding;
using Trainer.Recipes.Parsing;

namespace Trainer.Engine.Settings;

/// <summary>
/// What belongs to the machine and not to the experiment: trainer.json beside the command, over it the one in the
/// working folder, over both the environment's <c>TRAINER_DATA</c>, <c>TRAINER_DEVICE</c> and
/// <c>TRAINER_CHECKPOINTS</c>.
/// </summary>
/// <param name="DataRoots">
/// Folders of data sets, looked through before the usual places. In the file "data": a folder or a list.
/// </param>
/// <param name="Device">The device where a recipe does not name one. In the file "device"; by default "auto".</param>
/// <param name="CheckpointRoot">The folder of run folders. In the file "checkpoints"; by default "checkpoints".</param>
/// <param name="Configuration">All of it, the section Serilog among it.</param>
public sealed record MachineSettings(
    IReadOnlyList<string> DataRoots, string Device, string CheckpointRoot, IConfiguration Configuration)
{
    private const string FileName = "trainer.json";
    private static readonly Dictionary<string, (Func<RecipeNode, bool> Holds, string Expected)> Settings = new()
    {
        ["data"] = (value => IsText(value) || (value.Kind == JsonValueKind.Array && value.Items.All(IsText)),
            "a folder in quotation marks, or a list of folders"),
        ["device"] = (IsText, "text in quotation marks, such as \"cpu\""),
        ["checkpoints"] = (IsText, "a folder in quotation marks"),
        ["Serilog"] = (value => value.Kind == JsonValueKind.Object, "an object"),
        ["$schema"] = (IsText, "text in quotation marks"),
    };

    /// <summary>The settings of this process: of its own folder, working folder and environment.</summary>
    public static MachineSettings Read() => Read(AppContext.BaseDirectory, Environment.CurrentDirectory);

    /// <summary>Reads the settings.</summary>
    /// <param name="commandFolder">The folder of the command.</param>
    /// <param name="workingFolder">The working folder.</param>
    /// <exception cref="TrainerException">A file is not JSON, or holds a key that is no setting.</exception>
    public static MachineSettings Read(string commandFolder, string workingFolder)
    {
        var builder = new ConfigurationBuilder();
        var faults = new List<RecipeFault>();
        foreach (var folder in new[] { commandFolder, workingFolder }.Select(Path.GetFullPath).Distinct())
        {
            var file = Path.Combine(folder, FileName);
            if (!File.Exists(file))
                continue;
            Check(file, faults);
            builder.AddJsonFile(file, optional: true, reloadOnChange: false);
        }
        RecipeFault.ThrowIfAny(faults);
        var configuration = builder.AddEnvironmentVariables("TRAINER_").Build();
        return new(
            Folders(configuration, workingFolder, "data"),
            configuration["device"] ?? "auto",
            Folders(configuration, workingFolder, "checkpoints") is [var root, ..] ? root : "checkpoints",
            configuration);
    }

    private static void Check(string file, List<RecipeFault> faults)
    {
        if (Read(file, faults) is not { } tree)
            return;
        if (tree.Kind != JsonValueKind.Object)
            faults.Add(new(tree.Origin, "", $"found {tree.Describe()}, expected an object: {{ \"device\": \"cpu\" }}"));
        foreach (var (key, value) in tree.Members)
        {
            if (!Settings.TryGetValue(key, out var setting))
                faults.Add(new(
                    value.Origin, key, $"unknown setting, expected one of {string.Join(", ", Settings.Keys)}",
                    Spelling.Nearest(key, Settings.Keys)));
            else if (!value.IsNull && !setting.Holds(value))
                faults.Add(new(value.Origin, key, $"found {value.Describe()}, expected {setting.Expected}"));
        }
    }

    private static RecipeNode? Read(string file, List<RecipeFault> faults)
    {
        try
        {
            return RecipeParser.ParseFile(File.ReadAllBytes(file), file, faults);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            faults.Add(new(
                new(file), "",
                $"cannot be read: {exception.Message.TrimEnd('.')}; make the file readable, or remove it"));
            return null;
        }
    }

    private static bool IsText(RecipeNode value) => value is { Kind: JsonValueKind.String, Text.Length: > 0 };

    /// <summary>
    /// The folders of the highest layer that names any: relative to its file, or to the working folder for a variable.
    /// </summary>
    private static IReadOnlyList<string> Folders(IConfigurationRoot configuration, string workingFolder, string key)
    {
        foreach (var provider in configuration.Providers.Reverse())
        {
            var keys = provider.GetChildKeys([], key).Distinct().Select(index => $"{key}:{index}").Prepend(key);
            var values = keys.Select(place => provider.TryGet(place, out var value) ? value : null).OfType<string>()
                .Where(value => value.Length > 0).ToList();
            if (values.Count == 0)
                continue;
            var folder = provider is JsonConfigurationProvider { Source: var source }
                ? Path.GetDirectoryName(source.FileProvider?.GetFileInfo(source.Path ?? "").PhysicalPath)
                    ?? workingFolder
                : workingFolder;
            return [.. values.SelectMany(value => value.Split(Path.PathSeparator))
                .Select(value => Path.GetFullPath(value, folder))];
        }
        return [];
    }
}
