using System.Collections;

namespace Trainer.Engine.Data.Encoded;

/// <summary>Images of one length, one after the other in a file.</summary>
/// <param name="place">The file.</param>
/// <param name="labels">The class of each image.</param>
/// <param name="file">The open file.</param>
/// <param name="start">The offset of the first image.</param>
/// <param name="length">The bytes of an image.</param>
internal sealed class StoredRows(string place, long[] labels, FileSlices file, long start, int length)
    : IReadOnlyList<EncodedImage>
{
    /// <inheritdoc/>
    public int Count => labels.Length;

    /// <inheritdoc/>
    public EncodedImage this[int index] =>
        new(Place(place, index), labels[index], () => file.Read(start + (long)index * length, length));

    /// <summary>Where an image is, for messages.</summary>
    public static string Place(string file, int row) => $"{file}, image {row},";

    /// <inheritdoc/>
    public IEnumerator<EncodedImage> GetEnumerator() =>
        Enumerable.Range(0, Count).Select(row => this[row]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
