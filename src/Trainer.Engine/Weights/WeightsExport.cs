using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Storage;
using Trainer.Engine.Storage.PyTorch;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;

namespace Trainer.Engine.Weights;

/// <summary>
/// Writes the weights of a checkpoint as one file with the keys, shapes and dtypes of PyTorch's <c>state_dict</c> of
/// the same network, which loads them strictly.
/// </summary>
public static class WeightsExport
{
    /// <summary>The key of the network's description, as recipes write it, in the file's metadata.</summary>
    public const string ModelKey = "model";

    private static readonly string[] TorchEndings = [".pt", ".pth"];

    /// <summary>Whether the name of a file asks for weights as torch.save writes them.</summary>
    public static bool IsTorchFile(string path) =>
        TorchEndings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Writes the file whole or not at all.</summary>
    /// <param name="source">A checkpoint's weights.</param>
    /// <param name="path">
    /// The file; must not exist. It is one as torch.save writes where its name ends in .pt or .pth, else a safetensors
    /// file.
    /// </param>
    /// <param name="weights">Which of the checkpoint's weights; null for those that its run measured.</param>
    /// <returns>How many tensors it holds.</returns>
    /// <exception cref="TrainerException">
    /// The source is no checkpoint, the file exists, or it cannot be written.
    /// </exception>
    public static int Write(WeightsSource source, string path, WeightsChoice? weights = null)
    {
        if (source.Checkpoint is not { } checkpoint)
            throw new TrainerException(
                ErrorKind.Checkpoint,
                $"'{source.Path}' is a file of weights already, expected a run folder or a checkpoint.");
        Destination.CheckNewFile("file", path);
        using var scope = NewDisposeScope();
        using var file = source.Open(source.FileOf(weights));
        var tensors = file.Entries.Select(entry => (entry.Name, file.Read(entry.Name))).ToList();
        var metadata = Metadata(file, checkpoint);
        try
        {
            if (IsTorchFile(path))
                TorchFileWriter.Write(path, tensors, metadata);
            else
                SafetensorsWriter.Write(path, tensors, metadata);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Other, $"'{path}' cannot be written: {exception.Message.TrimEnd('.')}. "
                + "Make room or name another file.", exception);
        }
        return tensors.Count;
    }

    internal static Dictionary<string, string> Metadata(ITensorFile file, Checkpoint checkpoint)
    {
        var metadata = new Dictionary<string, string>(file.Metadata) { ["step"] = $"{checkpoint.State.GlobalStep}" };
        if (checkpoint.State.Recipe["model"]?.DeepClone() is JsonObject model)
        {
            foreach (var key in InitialWeights.Keys)
                model.Remove(key);
            metadata[ModelKey] = model.ToJsonString();
        }
        return metadata;
    }
}
