namespace Trainer.Engine.Checkpoints;

/// <summary>
/// A checkpoint that was passed over. It is left where it is, and retention neither counts nor deletes it.
/// </summary>
/// <param name="Path">Its folder.</param>
/// <param name="Problem">What is wrong with it.</param>
public sealed record DamagedCheckpoint(string Path, string Problem)
{
    /// <summary>One line for people.</summary>
    public override string ToString() => $"The checkpoint '{Path}' is damaged ({Problem}) and is not used. "
        + "It is left in place; delete it once it is of no more interest.";
}
