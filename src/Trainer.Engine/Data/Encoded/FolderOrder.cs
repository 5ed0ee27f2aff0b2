namespace Trainer.Engine.Data.Encoded;

/// <summary>The order of the images of a folder.</summary>
public enum FolderOrder
{
    /// <summary>
    /// The first file of each class, then the second of each, so that the first images of the test set are of all
    /// classes.
    /// </summary>
    Interleaved,

    /// <summary>By the files' names within their class folders, and of one name by class.</summary>
    Name,
}
