using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Data.Poisoning;

/// <summary>
/// Images that <c>trainer poison</c> computed: a safetensors file of <c>images</c>, uint8 [M, C, H, W], and
/// <c>rows</c>, int64 [M], the data-set row of each.
/// </summary>
internal static class PerturbedImages
{
    private const string Images = "images";
    private const string Rows = "rows";
    private const string Remedy = "Make the file anew with trainer poison";

    /// <summary>Writes the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="images">UInt8 [M, C, H, W].</param>
    /// <param name="rows">The data-set row of each.</param>
    public static void Write(string path, Tensor images, IReadOnlyList<long> rows)
    {
        using var numbers = tensor(rows.ToArray());
        SafetensorsWriter.Write(path, [(Images, images), (Rows, numbers)], new Dictionary<string, string>());
    }

    /// <summary>Reads the images of some rows.</summary>
    /// <param name="path">The file; null where the recipe names none.</param>
    /// <param name="batch">The rows, and the shape of an image.</param>
    /// <returns>UInt8 [N, C, H, W], in the current dispose scope.</returns>
    /// <exception cref="TrainerException">It cannot be read, or lacks a row.</exception>
    public static Tensor Read(string? path, PoisonBatch batch)
    {
        using var file = Open(path);
        if (!file.Contains(Images) || !file.Contains(Rows))
            throw OwnData.Fault(file.Path, $"lacks '{Images}' or '{Rows}'", Remedy);
        var (images, rows) = (file.Entry(Images), file.Entry(Rows));
        var shape = batch.Images.shape[1..];
        if (images.Dtype != ScalarType.Byte || rows.Dtype != ScalarType.Int64 || images.Shape.Length != 4
            || rows.Shape is not [var count] || count != images.Shape[0] || !images.Shape[1..].SequenceEqual(shape))
            throw OwnData.Fault(file.Path, $"holds images of shape [{string.Join(", ", images.Shape)}], expected bytes "
                + $"of images {new ImageShape(shape[0], shape[1], shape[2])} with one row each", Remedy);
        using var scope = NewDisposeScope();
        var places = file.Read(Rows).data<long>().ToArray().Index().ToDictionary(item => item.Item, item => item.Index);
        var found = new List<long>();
        foreach (var row in batch.Rows)
            found.Add(places.TryGetValue(row, out var place) ? place : throw OwnData.Fault(
                file.Path, $"has no image of row {row}: it was made for another rate, seed or data set", Remedy));
        return file.Read(Images).index_select(0, tensor(found.ToArray())).MoveToOuterDisposeScope();
    }

    private static SafetensorsFile Open(string? path)
    {
        if (path is null)
            throw PoisonFault.Of("perturbed", "missing, expected a file that trainer poison RECIPE --out FOLDER has "
                + "computed; run it, and name FOLDER/perturbed.safetensors here");
        try
        {
            return OwnData.Read(path, () => SafetensorsFile.Open(path));
        }
        catch (SafetensorsException error)
        {
            throw new TrainerException(ErrorKind.Data, error.Message, error);
        }
    }
}
