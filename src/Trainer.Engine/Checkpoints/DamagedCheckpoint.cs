using Trainer.Recipes;

namespace Trainer.Engine.Checkpoints;

/// <summary>
/// A checkpoint that was passed over. It is left where it is, and retention neither counts nor deletes it.
/// </summary>
/// <param name="Path">Its folder.</param>
/// <param name="Problem">What is wrong with it.</param>
public sealed record DamagedCheckpoint(string Path, string Problem)
{
    /// <summary>
    /// Says so in the checkpoint's folder, where it can: retention counts no folder with a file that the engine did not
    /// save. Only the run folder's owner may call it.
    /// </summary>
    internal void Mark()
    {
        try
        {
            File.WriteAllText(System.IO.Path.Combine(Path, "damaged.txt"), Problem + "\n");
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            // It is passed over in this process all the same.
        }
    }

    /// <summary>One line for people.</summary>
    public override string ToString() => $"The checkpoint '{Path}' is damaged ({Problem}) and is not used. "
        + "It is left in place; delete it once it is of no more interest.";
}
