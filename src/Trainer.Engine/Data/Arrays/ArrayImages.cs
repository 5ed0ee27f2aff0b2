using Trainer.Engine.Data.Encoded;
using Trainer.Recipes;

namespace Trainer.Engine.Data.Arrays;

/// <summary>Opens images and labels in arrays.</summary>
/// <param name="opener">Of the data set, for all of its parts.</param>
/// <param name="layout">The meaning of the images' dimensions; null where the shape alone tells.</param>
/// <param name="classNames">One name a class.</param>
internal sealed class ArrayImages(EncodedImages opener, ArrayLayout? layout, IReadOnlyList<string> classNames)
{
    /// <summary>Opens a part of the data set.</summary>
    /// <param name="images">uint8, or floats in [0, 1], which are rounded to the nearest of the 256 levels.</param>
    /// <param name="labels">Integers of shape [N] or [N, 1].</param>
    /// <returns>On the CPU, in the current dispose scope.</returns>
    /// <exception cref="TrainerException">
    /// A file cannot be read or holds something else, or the layout is not stated and the shape does not tell it.
    /// </exception>
    public ImageData Open(IArrayFile images, IArrayFile labels)
    {
        var (format, count) = OwnData.Read(images.Place, () =>
        {
            using var array = images.Open();
            return (ArrayFormat.Of(array.Header, layout), array.Header.Shape[0]);
        });
        var classes = OwnData.Read(labels.Place, () =>
        {
            using var array = labels.Open();
            return ArrayLabels.Read(array, count, classNames.Count);
        });
        return opener.Open(
            format, Read(images, format, classes), classes.Length, classNames,
            all => Store(images, format, classes) ?? TemporaryImages.Store(images.Place, all));
    }

    /// <summary>The images in their order, one at a time.</summary>
    private static IEnumerable<EncodedImage> Read(IArrayFile file, ArrayFormat format, long[] labels)
    {
        using var array = OwnData.Read(file.Place, file.Open);
        for (var row = 0; row < labels.Length; row++)
        {
            var (isLast, content) = (row == labels.Length - 1, new byte[format.Length]);
            OwnData.Read(file.Place, () =>
            {
                array.Fill(content);
                if (isLast)
                    array.ExpectEnd();
                return content;
            });
            yield return new(StoredRows.Place(file.Place, row), labels[row], () => content);
        }
    }

    /// <summary>The images where they are; null where they are compressed.</summary>
    private static StoredImages? Store(IArrayFile file, ArrayFormat format, long[] labels) =>
        OwnData.Read(file.Place, file.Locate) is var (content, start)
            ? new(new StoredRows(file.Place, labels, content, start, format.Length), content) : null;
}
