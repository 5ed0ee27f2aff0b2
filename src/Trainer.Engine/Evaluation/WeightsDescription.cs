using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Engine.Export;
using Trainer.Engine.Safetensors;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Evaluation;

/// <summary>What a file of weights says of itself in its metadata; files from elsewhere mostly say nothing.</summary>
/// <param name="Path">The file.</param>
/// <param name="Model">The network, as recipes describe it; null where the file does not say.</param>
/// <param name="Classes">The number of classes; null where the file does not say.</param>
/// <param name="Image">The shape of an image, "3x32x32"; null where the file does not say.</param>
/// <param name="Normalisation">The normalisation before the network, as recipes describe it; null where the file does not say.</param>
public sealed record WeightsDescription(string Path, JsonObject? Model, string? Classes, string? Image, JsonObject? Normalisation)
{
    /// <summary>Reads a file's metadata.</summary>
    /// <exception cref="TrainerException">It is no safetensors file, or its metadata are not JSON where they should be.</exception>
    public static WeightsDescription Read(string path)
    {
        try
        {
            using var file = SafetensorsFile.Open(path);
            string? Value(string key) => file.Metadata.GetValueOrDefault(key);
            var normalisation = (Value("mean"), Value("std")) is ({ } mean, { } std)
                ? new JsonObject { ["mean"] = JsonNode.Parse(mean), ["deviation"] = JsonNode.Parse(std) }
                : null;
            return new(path, Value(WeightsExport.ModelKey) is { } model ? JsonNode.Parse(model) as JsonObject : null, Value("classes"), Value("image"), normalisation);
        }
        catch (SafetensorsException exception)
        {
            throw new TrainerException(ErrorKind.Checkpoint, exception.Message, exception);
        }
        catch (JsonException exception)
        {
            throw new TrainerException(ErrorKind.Checkpoint, $"The metadata of '{path}' are not JSON where they should be: {exception.Message}", exception);
        }
    }

    /// <summary>Reads a file's metadata and holds them against the data.</summary>
    /// <exception cref="TrainerException">As for <see cref="Read(string)"/> and <see cref="Check"/>.</exception>
    public static WeightsDescription Read(string path, ImageShape shape, int classes)
    {
        var description = Read(path);
        description.Check(shape, classes);
        return description;
    }

    /// <summary>Holds what the file says against the data that it is to be measured on.</summary>
    /// <exception cref="TrainerException">They differ.</exception>
    public void Check(ImageShape shape, int classes)
    {
        var image = $"{shape.Channels}x{shape.Height}x{shape.Width}";
        if (Classes is not null && Classes != $"{classes}")
            throw new TrainerException(ErrorKind.Recipe, $"'{Path}' says that it tells {Classes} classes apart, and the data have {classes}. Name the data that it was trained for.");
        if (Image is not null && Image != image)
            throw new TrainerException(ErrorKind.Recipe, $"'{Path}' says that it takes images of {Image}, and the data's are {image}. Name the data that it was trained for.");
    }
}
