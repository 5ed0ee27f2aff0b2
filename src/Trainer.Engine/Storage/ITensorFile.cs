namespace Trainer.Engine.Storage;

/// <summary>An open file of named tensors whose structure has been checked.</summary>
public interface ITensorFile : IDisposable
{
    /// <summary>The file.</summary>
    string Path { get; }

    /// <summary>The file's metadata, by key; empty where it has none.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Every tensor, in the file's order.</summary>
    IReadOnlyList<TensorEntry> Entries { get; }

    /// <summary>What was chosen among the file's contents, one sentence each; empty for no choice.</summary>
    IReadOnlyList<string> Notes => [];

    /// <summary>Whether a tensor of this name is there.</summary>
    bool Contains(string name);

    /// <summary>The description of one tensor, which must be there.</summary>
    TensorEntry Entry(string name);

    /// <summary>Reads one tensor, which must be there.</summary>
    /// <returns>A new contiguous tensor on the CPU.</returns>
    Tensor Read(string name);
}
