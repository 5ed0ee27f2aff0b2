using Trainer.Engine.Checkpoints;
using Trainer.Engine.Storage;
using Trainer.Recipes;

namespace Trainer.Engine.Weights;

/// <summary>
/// Where weights come from: a run folder's best checkpoint, a checkpoint, or a file of safetensors or PyTorch.
/// </summary>
/// <param name="Path">The checkpoint's folder, or the file.</param>
/// <param name="Checkpoint">The checkpoint; null for a file.</param>
public sealed record WeightsSource(string Path, Checkpoint? Checkpoint)
{
    /// <summary>
    /// The key of the state dict within a PyTorch file, levels separated by dots; null where there is but one.
    /// </summary>
    public string? Key { get; init; }

    /// <summary>What tables call it: the name of the checkpoint or file, or an address as it is.</summary>
    public string Name => System.IO.Path.GetFileName(Path) is { Length: > 0 } name ? name : Path;

    /// <summary>Finds the weights that a path names. Loads and executes nothing.</summary>
    /// <param name="path">
    /// A run folder (its best checkpoint, else its newest), its file best or latest, a checkpoint's folder, or a
    /// file of safetensors or PyTorch.
    /// </param>
    /// <param name="damaged">Takes each damaged checkpoint that was passed over.</param>
    /// <param name="key">The key of the state dict within a PyTorch file; null where there is but one.</param>
    /// <exception cref="TrainerException">There is nothing of the kind.</exception>
    public static WeightsSource Find(string path, Action<DamagedCheckpoint> damaged, string? key = null)
    {
        var found = Find(path, damaged);
        return key is null || found.Checkpoint is null ? found with { Key = key } : throw new TrainerException(
            ErrorKind.Recipe, $"--weights-key names a state dict within a PyTorch file, and '{found.Path}' is a "
            + "checkpoint. Leave it out.");
    }

    private static WeightsSource Find(string path, Action<DamagedCheckpoint> damaged)
    {
        path = Checkpoint.Follow(path);
        if (File.Exists(path))
            return new(path, null);
        if (!Directory.Exists(path))
            throw new TrainerException(
                ErrorKind.Checkpoint,
                $"Found nothing at '{path}', expected a run folder, a checkpoint, or a .safetensors or .pt file.");
        try
        {
            var store = new CheckpointStore(path, new(), _ => { });
            if (store.NewestPath is null)
                return new(path, Checkpoint.Open(path));
            var checkpoint = store.FindBest(damaged) ?? store.FindNewest(damaged)
                ?? throw new TrainerException(
                ErrorKind.Checkpoint, $"Every checkpoint in '{path}' is damaged. Restore one from a copy.");
            return new(checkpoint.Path, checkpoint);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw Checkpoint.Unreadable(path, exception);
        }
    }

    /// <summary>Where evaluations of these weights are kept: in the checkpoint's run folder; null for a file.</summary>
    public string? Evaluations => Checkpoint is null ? null
        : System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Checkpoint.Path) ?? "", RunFileNames.Evaluations);

    /// <summary>
    /// The tensor file of the checkpoint that its own run measured: the averaged weights where there are any, unless
    /// its recipe names others.
    /// </summary>
    public string Measured =>
        Checkpoint?.Has(CheckpointFiles.Average) == true
        && (string?)Checkpoint.State.Recipe["evaluate"]?["weights"] != "raw"
        ? CheckpointFiles.Average : CheckpointFiles.Model;

    /// <summary>The tensor file of the checkpoint that holds a kind of weights.</summary>
    /// <param name="choice">Null for <see cref="Measured"/>.</param>
    public string FileOf(WeightsChoice? choice) => choice switch
    {
        WeightsChoice.Raw => CheckpointFiles.Model,
        WeightsChoice.Average => CheckpointFiles.Average,
        _ => Measured,
    };

    /// <summary>Opens the weights; the caller closes the file.</summary>
    /// <param name="file">Which of a checkpoint's tensor files: what <see cref="FileOf"/> gave.</param>
    /// <exception cref="TrainerException">
    /// The checkpoint has no such file, or it is neither a safetensors nor a PyTorch file.
    /// </exception>
    public ITensorFile Open(string file) => Checkpoint?.OpenTensors(file) ?? WeightsFile.Open(Path, Key);
}
