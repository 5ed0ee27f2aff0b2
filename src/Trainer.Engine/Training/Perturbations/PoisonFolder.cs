using System.Globalization;
using System.Text.Json;
using Trainer.Engine.Data;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Pictures;
using Trainer.Engine.Storage;
using Trainer.Engine.Storage.Safetensors;

namespace Trainer.Engine.Training.Perturbations;

/// <summary>
/// A folder in which a poisoned data set can be looked at: rows, single images, a contact sheet, and the whole data set
/// where it is asked for.
/// </summary>
/// <param name="path">The folder.</param>
public sealed class PoisonFolder(string path)
{
    private const int SheetColumns = 16;

    /// <summary>The images that were computed for the attack.</summary>
    public string Perturbed => At("perturbed.safetensors");

    /// <summary>Writes rows.json, images/*.png and sheet.png: clean, poisoned, and ten times the difference.</summary>
    /// <param name="clean">The data without poison, on the CPU.</param>
    /// <param name="poisoned">The same with it.</param>
    /// <param name="most">How many single images at most.</param>
    /// <returns>How many single images there are; none where they have neither 1 nor 3 channels.</returns>
    public int Write(DataSplits clean, DataSplits poisoned, int most)
    {
        var changed = poisoned.Poisoned?.Rows ?? [];
        AtomicFile.Write(At("rows.json"), JsonSerializer.Serialize(new
        {
            Images = poisoned.Train.Count,
            Poisoned = changed.Count(row => !row.IsNoise),
            Noise = changed.Count(row => row.IsNoise),
            Rows = changed,
        }, EvaluationReport.Indented) + "\n");
        if (clean.Train.Shape.Channels is not (1 or 3))
            return 0;
        var shown = changed.Where(row => !row.IsNoise).Take(Math.Max(most, SheetColumns)).ToList();
        using var scope = NewDisposeScope();
        var places = poisoned.TrainRows.Index().ToDictionary(item => item.Item, item => (long)item.Index);
        var at = tensor(shown.Select(row => places[row.Row]).ToArray());
        var (before, after) = (clean.Train.Images.index_select(0, at), poisoned.Train.Images.index_select(0, at));
        Directory.CreateDirectory(At("images"));
        var names = clean.Train.ClassNames;
        foreach (var (index, row) in shown.Take(most).Index())
            File.WriteAllBytes(
                At("images", $"{row.Row.ToString("D6", CultureInfo.InvariantCulture)}-{Plain(names[row.Original])}-as-"
                + $"{Plain(names[row.Label])}.png"), Png.Encode(after[index]));
        var columns = Math.Min(SheetColumns, shown.Count);
        File.WriteAllBytes(At("sheet.png"), Png.Encode(ExampleSheet.Of(
            Floats(before.narrow(0, 0, columns)), Floats(after.narrow(0, 0, columns)))));
        return Math.Min(most, shown.Count);
    }

    /// <summary>
    /// Writes the whole data set as train.safetensors and test.safetensors, and data.json, the block of a recipe that
    /// reads them with the same held-out rows, which are clean.
    /// </summary>
    /// <param name="data">The poisoned data, on the CPU.</param>
    public void WriteData(DataSplits data)
    {
        using var scope = NewDisposeScope();
        var (train, held) = (data.Train, data.Validation);
        var rows = tensor(data.TrainRows.Concat(data.ValidationRows).ToArray());
        // The place of each row among training images, then those held out.
        var order = rows.argsort();
        Write("train", cat([train.Images, held.Images], 0).index_select(0, order),
            cat([train.Labels, held.Labels], 0).index_select(0, order));
        Write("test", data.Test.Images, data.Test.Labels);
        AtomicFile.Write(At("data.json"), JsonSerializer.Serialize(new
        {
            Type = "safetensors",
            Train = "train.safetensors",
            Test = "test.safetensors",
            ClassNames = train.ClassNames,
            Validation = held.Count,
            SplitAs = data.Name,
        }, EvaluationReport.Indented) + "\n");
    }

    private void Write(string name, Tensor images, Tensor labels) => SafetensorsWriter.Write(
        At($"{name}.safetensors"), [("images", images), ("labels", labels)], new Dictionary<string, string>());

    private static Tensor Floats(Tensor images) => images.to(ScalarType.Float32).div(255);

    private static string Plain(string name) =>
        string.Concat(name.Select(character => char.IsAsciiLetterOrDigit(character) ? character : '_'));

    private string At(params string[] names) => Path.Combine([path, .. names]);
}
