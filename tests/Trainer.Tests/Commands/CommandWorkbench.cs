using Trainer.Cli;
using Trainer.Cli.Options;
using Trainer.Engine.Devices;
using Trainer.Engine.Storage.Safetensors;

namespace Trainer.Tests.Commands;

/// <summary>
/// A working folder with small data, a recipe and a finished run, in which commands run within this process.
/// </summary>
public sealed class CommandWorkbench : IDisposable
{
    /// <summary>The data of the recipe.</summary>
    public const string Data =
        """{"type":"safetensors","train":"train.safetensors","test":"test.safetensors","classes":4,"validation":8}""";

    private readonly TemporaryFolder folder = new();
    private readonly int threads = get_num_threads();

    public CommandWorkbench()
    {
        Write("train.safetensors", 40);
        Write("test.safetensors", 12);
        File.WriteAllText(At("recipe.json"), """
            {
              "name": "small",
              "data": { "type": "safetensors", "train": "train.safetensors", "test": "test.safetensors", "classes": 4, "validation": 8 },
              "model": { "type": "conv-small" },
              "threat": { "norm": "linf", "epsilon": 0.1 },
              "objective": { "type": "pgd-at", "attack": { "type": "pgd", "steps": 1 } },
              "optimizer": { "type": "sgd", "learningRate": 0.05 },
              "train": { "epochs": 1, "batchSize": 16, "attackPrecision": "float32" },
              "evaluate": { "examples": 8, "checks": null, "attacks": ["fgsm"], "final": [{ "attack": "fgsm", "examples": 4 }] },
              "guard": { "onCollapse": "ignore" },
              "logging": { "tensorBoard": false, "reportExamples": 0 },
              "device": "cpu"
            }
            """);
        Assert.Equal(
            (0, ""), Run("train", "recipe.json", "--run", "run") is var (code, _, error) ? (code, error) : default);
        File.WriteAllText(At("study.json"), """{ "name": "study", "recipes": [{ "file": "recipe.json" }] }""");
        Directory.CreateDirectory(At("folder"));
    }

    /// <summary>Of a run that learns, at a radius at which attacks break every image at once.</summary>
    public static IReadOnlyList<string> Breakable { get; } =
    [
        "--set", "threat.epsilon=0.9", "--set", "objective=\"standard\"", "--set", "train.epochs=10", "--set",
        """optimizer={"type":"adam","learningRate":0.01}""",
    ];

    /// <summary>Trains such a run, "broken".</summary>
    public void TrainBroken() =>
        Assert.Equal(0, Run(["train", "recipe.json", "--run", "broken", .. Breakable]).ExitCode);

    /// <summary>Evaluates that run by AutoAttack on all test images.</summary>
    public void MeasureAutoAttack() =>
        Assert.Equal(0, Run("evaluate", "broken", "--attack", "autoattack", "--examples", "12").ExitCode);

    /// <summary>A path in the working folder.</summary>
    public string At(params string[] names) => folder.At(names);

    /// <summary>Every file and folder.</summary>
    public IReadOnlyList<string> Contents =>
        [.. Directory.EnumerateFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal)];

    /// <summary>Runs a command in the folder, as the process would.</summary>
    public (int ExitCode, string Output, string Error) Run(params string[] arguments) => RunIn("", arguments);

    /// <summary>Runs a command in a folder of the workbench.</summary>
    public (int ExitCode, string Output, string Error) RunIn(string working, params string[] arguments)
    {
        using var printed = new StringWriter();
        return RunWith(printed, working, arguments);
    }

    /// <summary>Runs a command in a folder of the workbench, with another standard output.</summary>
    public (int ExitCode, string Output, string Error) RunWith(
        TextWriter printed, string working, params string[] arguments)
    {
        var (output, error, before) = (Console.Out, Console.Error, Environment.CurrentDirectory);
        using var told = new StringWriter();
        try
        {
            Environment.CurrentDirectory = At(working);
            Console.SetOut(printed);
            Console.SetError(told);
            return (CommandLine.Run(CommandTree.Create(), arguments), $"{printed}", told.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
            Environment.CurrentDirectory = before;
        }
    }

    /// <summary>Copies a folder.</summary>
    public void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(At(from), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(At(to), Path.GetRelativePath(At(from), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <summary>Deletes what a command has created.</summary>
    public void Restore(IReadOnlyList<string> contents)
    {
        foreach (var path in Contents.Except(contents).Reverse())
        {
            if (Directory.Exists(path))
                Directory.Delete(path);
            else
                File.Delete(path);
        }
    }

    public void Dispose()
    {
        Threads.Use(threads);
        folder.Dispose();
    }

    /// <summary>Writes images of four classes, of which each has a bright row of its own.</summary>
    public void Write(string name, int count, int size = 8)
    {
        using var scope = NewDisposeScope();
        var images = zeros([count, 1, size, size], ScalarType.Byte);
        for (var image = 0; image < count; image++)
            images[image, 0, 2 * (image % 4)].fill_(200 + image % 50);
        SafetensorsWriter.Write(At(name), [("images", images), ("labels", arange(count).remainder(4)
            .to(ScalarType.Int64))], new Dictionary<string, string>());
    }
}
