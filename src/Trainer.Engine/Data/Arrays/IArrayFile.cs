using Trainer.Engine.Data.Encoded;

namespace Trainer.Engine.Data.Arrays;

/// <summary>An array in a file.</summary>
internal interface IArrayFile
{
    /// <summary>The file, and which of its arrays, for messages.</summary>
    string Place { get; }

    /// <summary>Opens the array at its beginning, for the caller to dispose.</summary>
    /// <exception cref="InvalidDataException">It is damaged; the message is a predicate of the file.</exception>
    NpyArray Open();

    /// <summary>Checks the file's own checksum, where it has one, and finds the values.</summary>
    /// <returns>The open file and the offset of the first value; null where the values are compressed.</returns>
    /// <inheritdoc cref="Open"/>
    (FileSlices File, long Start)? Locate();
}
