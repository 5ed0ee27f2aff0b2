using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Engine.Data;
using Trainer.Engine.Storage;
using Trainer.Recipes;
using Trainer.Recipes.Binding;
using Trainer.Recipes.Parsing;
using Trainer.Robustness;
using Trainer.Robustness.Components;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Weights;

/// <summary>What the metadata of a file of weights describe; files from elsewhere mostly have none.</summary>
/// <param name="Path">The file.</param>
/// <param name="Model">The network, as recipes describe it; null where the file does not state it.</param>
/// <param name="Classes">The number of classes; null where the file does not state it.</param>
/// <param name="Image">The shape of an image, "3x32x32"; null where the file does not state it.</param>
/// <param name="Normalisation">
/// The normalisation before the network, as recipes describe it; null where the file does not state it.
/// </param>
public sealed record WeightsDescription(
    string Path, JsonObject? Model, string? Classes, string? Image, JsonObject? Normalisation)
{
    internal const string ClassesKey = "classes";
    internal const string ImageKey = "image";
    private const string MeanKey = "mean";
    private const string DeviationKey = "std";

    /// <summary>The metadata of a checkpoint's weights: what a reader of the file alone needs to know.</summary>
    /// <param name="weights">Which of the checkpoint's.</param>
    /// <param name="measured">Which of them the run measures.</param>
    /// <param name="network">The network.</param>
    /// <param name="shape">Of an image.</param>
    internal static Dictionary<string, string> Metadata(
        string weights, string measured, Classifier network, ImageShape shape)
    {
        var metadata = new Dictionary<string, string>
        {
            ["format"] = "pt",
            ["weights"] = weights,
            ["measured"] = measured,
            [ClassesKey] = $"{network.Classes}",
            [ImageKey] = Words(shape),
        };
        if (network.Normalisation is { } normalisation)
        {
            metadata[MeanKey] = JsonSerializer.Serialize(normalisation.Mean);
            metadata[DeviationKey] = JsonSerializer.Serialize(normalisation.Deviation);
        }
        return metadata;
    }

    /// <summary>
    /// Reads a file's metadata, and the normalisation where it is among the tensors, as in many of RobustBench's files.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="key">The key of the state dict within a PyTorch file; null where there is but one.</param>
    /// <exception cref="TrainerException">
    /// It is neither a safetensors nor a PyTorch file, or its metadata are not JSON where they should be.
    /// </exception>
    public static WeightsDescription Read(string path, string? key = null)
    {
        using var file = WeightsFile.Open(path, key);
        return Read(file);
    }

    /// <inheritdoc cref="Read(string, string?)"/>
    /// <param name="file">The file.</param>
    internal static WeightsDescription Read(ITensorFile file)
    {
        try
        {
            string? Value(string key) => file.Metadata.GetValueOrDefault(key);
            var normalisation = (Value(MeanKey), Value(DeviationKey)) is ({ } mean, { } std)
                ? new JsonObject { ["mean"] = JsonNode.Parse(mean), ["deviation"] = JsonNode.Parse(std) }
                : StoredNormalisation.Find(file);
            var model = Value(WeightsExport.ModelKey) is { } text ? JsonNode.Parse(text) as JsonObject : null;
            return new(file.Path, model, Value(ClassesKey), Value(ImageKey), normalisation);
        }
        catch (JsonException exception)
        {
            throw new TrainerException(
                ErrorKind.Checkpoint,
                $"The metadata of '{file.Path}' are not JSON where they should be: {exception.Message}", exception);
        }
    }

    /// <summary>What weights are measured as: network, classes, images and normalisation, in words.</summary>
    /// <param name="network">The network.</param>
    /// <param name="data">The images.</param>
    public static string Of(IArchitecture network, ImageData data)
    {
        return $"{Line(network)} for {data.Classes} classes of {data.Shape} images in [0, 1], "
            + $"{Words(network.Normalisation)}";
    }

    /// <summary>Reads a file's metadata and compares them with the data.</summary>
    /// <exception cref="TrainerException">
    /// As for <see cref="Read(string, string?)"/> and <see cref="Check"/>.
    /// </exception>
    public static WeightsDescription Read(string path, string? key, ImageShape shape, int classes)
    {
        var description = Read(path, key);
        description.Check(shape, classes);
        return description;
    }

    /// <summary>Compares the network that the file names with the one that it is measured as.</summary>
    /// <param name="network">The one that it is measured as.</param>
    /// <param name="registry">The components that recipes may name.</param>
    /// <returns>
    /// The file's own network, as recipes describe it, where that is another or not known; null where it is the same or
    /// not stated.
    /// </returns>
    /// <exception cref="TrainerException">Its normalisation is another.</exception>
    public string? Differs(IArchitecture network, ComponentRegistry registry)
    {
        CheckNormalisation(network, registry);
        if (Model is null)
            return null;
        IArchitecture own;
        try
        {
            own = RecipeLoader.FromText<Named>(
                $"{{ \"model\": {Model.ToJsonString()} }}", Path, registry).Value.Model;
        }
        catch (TrainerException)
        {
            // A network of an extension that is not there.
            return Model.ToJsonString();
        }
        if (Normalisation is null)
            CheckNormalisation(own.Normalisation, network);
        return own.GetType() == network.GetType() && Line(own) == Line(network) ? null : Line(own);
    }

    /// <summary>Compares the normalisation that the file states, if any, with a network's.</summary>
    /// <param name="network">The network.</param>
    /// <param name="registry">For the file's normalisation.</param>
    /// <exception cref="TrainerException">They differ.</exception>
    public void CheckNormalisation(IArchitecture network, ComponentRegistry registry)
    {
        if (Normalisation is { } stated)
            CheckNormalisation(RecipeLoader.FromText<Stated>(
                $"{{ \"normalisation\": {stated.ToJsonString()} }}", Path, registry).Value.Normalisation, network);
    }

    /// <summary>A network in one line of JSON, without the weights that its training begins with.</summary>
    /// <param name="network">The network.</param>
    /// <param name="without">Other options to leave out.</param>
    public static string Line(IArchitecture network, params IEnumerable<string> without) =>
        RecipeText.Line(RecipeValue.ToNode(network).Without([.. InitialWeights.Keys, .. without]));

    private void CheckNormalisation(Normalisation? stated, IArchitecture network)
    {
        var used = network.Normalisation;
        if (stated is null ? used is not null : used is null || !used.Mean.SequenceEqual(stated.Mean)
            || !used.Deviation.SequenceEqual(stated.Deviation))
            throw new TrainerException(
                ErrorKind.Recipe, $"'{Path}' states that images are {Words(stated)}, "
                + $"and the network of the recipe takes them {Words(used)}. State the same.");
    }

    private static string Words(ImageShape shape) => $"{shape.Channels}x{shape.Height}x{shape.Width}";

    /// <summary>A normalisation in words.</summary>
    public static string Words(Normalisation? values) => values is null ? "not normalised"
        : $"normalised by mean [{string.Join(", ", values.Mean)}] and deviation "
        + $"[{string.Join(", ", values.Deviation)}]";

    /// <summary>Compares what the file states with the data that it is to be measured on.</summary>
    /// <exception cref="TrainerException">They differ.</exception>
    public void Check(ImageShape shape, int classes)
    {
        var image = Words(shape);
        if (Classes is not null && Classes != $"{classes}")
            throw new TrainerException(
                ErrorKind.Recipe, $"'{Path}' states that its network has {Classes} classes, and the data {classes}. "
                + "Name the data that it was trained for.");
        if (Image is not null && Image != image)
            throw new TrainerException(
                ErrorKind.Recipe, $"'{Path}' states that it takes images of {Image}, and the data's are {image}. "
                + "Name the data that it was trained for.");
    }

    private sealed record Stated
    {
        public required Normalisation Normalisation { get; init; }
    }

    private sealed record Named
    {
        public required IArchitecture Model { get; init; }
    }
}
