namespace Trainer.Recipes;

/// <summary>Kinds of failure; the values are the exit codes of the command.</summary>
public enum ErrorKind
{
    /// <summary>Anything else.</summary>
    Other = 1,

    /// <summary>A recipe or the command line.</summary>
    Recipe = 2,

    /// <summary>Data that are missing or damaged.</summary>
    Data = 3,

    /// <summary>A checkpoint or a run folder.</summary>
    Checkpoint = 4,

    /// <summary>A device, or a native library behind it.</summary>
    Device = 5,

    /// <summary>Standard output that cannot be written, where the printed text is the command's only result.</summary>
    Output = 6,
}
