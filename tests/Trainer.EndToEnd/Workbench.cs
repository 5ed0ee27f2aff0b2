using System.Buffers.Binary;
using System.Text.Json.Nodes;

namespace Trainer.EndToEnd;

/// <summary>A folder with a small data set in MNIST's layout and a recipe that trains on it.</summary>
internal sealed class Workbench : IDisposable
{
    private const int Size = 8;

    public Workbench()
    {
        Write("train", 660);
        Write("t10k", 60);
        File.WriteAllText(At("small.json"), """
            // scripts/train.sh small.json
            {
              "name": "small",
              "data": { "type": "mnist", "path": "digits", "validation": 60 },
              "model": { "type": "conv-small" },
              "threat": { "norm": "linf", "epsilon": 0.1 },
              "objective": { "type": "pgd-at", "attack": { "type": "pgd", "steps": 2 } },
              "optimizer": { "type": "sgd", "learningRate": 0.05 },
              "train": { "epochs": 8, "batchSize": 20, "attackPrecision": "float32" },
              "evaluate": {
                "everyEpochs": 4, "examples": 30, "checks": null,
                "attacks": [{ "type": "pgd", "steps": 3 }],
                "final": [{ "attack": { "type": "pgd", "steps": 4 }, "examples": 40 }]
              },
              "checkpoint": { "everySteps": 10, "everyMinutes": null },
              "Serilog": { "MinimumLevel": "Debug" }
            }
            """);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("workbench-").FullName;

    public string At(params string[] parts) => Path.Combine([Folder, .. parts]);

    /// <summary>Runs the command in the folder.</summary>
    public CommandResult Run(params string[] arguments) => TrainerProcess.Run(Folder, arguments);

    /// <summary>Every file and folder in it, to see that nothing was created.</summary>
    public IReadOnlyList<string> Contents => [.. Directory.EnumerateFileSystemEntries(Folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <summary>The weights of a run's newest checkpoint.</summary>
    public byte[] Weights(string run) => File.ReadAllBytes(Path.Combine(
        Directory.EnumerateDirectories(At(run), "*-step-*").Order(StringComparer.Ordinal).Last(), "model.safetensors"));

    /// <summary>The lines of a run's metrics.jsonl without what the clock writes into them.</summary>
    public IReadOnlyList<string> Metrics(string run) => [.. File.ReadLines(At(run, "metrics.jsonl")).Select(line =>
    {
        var metrics = JsonNode.Parse(line)!.AsObject();
        metrics.Remove("imagesPerSecond");
        metrics.Remove("seconds");
        return metrics.ToJsonString();
    })];

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>Images whose brightest row is their class, with a pattern that differs from image to image.</summary>
    private void Write(string name, int count)
    {
        var images = new byte[16 + count * Size * Size];
        var labels = new byte[8 + count];
        Header(images, 0x803, count, Size, Size);
        Header(labels, 0x801, count);
        for (var image = 0; image < count; image++)
        {
            labels[8 + image] = (byte)(image % 10);
            for (var pixel = 0; pixel < Size * Size; pixel++)
                images[16 + image * Size * Size + pixel] = (byte)(pixel / Size == image % 10 % Size ? 200 + image % 50 : (image * 31 + pixel * 17) % 90);
        }
        Directory.CreateDirectory(At("digits"));
        File.WriteAllBytes(At("digits", $"{name}-images-idx3-ubyte"), images);
        File.WriteAllBytes(At("digits", $"{name}-labels-idx1-ubyte"), labels);
    }

    private static void Header(byte[] file, params ReadOnlySpan<int> fields)
    {
        for (var index = 0; index < fields.Length; index++)
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4 * index), fields[index]);
    }
}
