using System.Security.Cryptography;
using Trainer.Recipes;

namespace Trainer.Engine.Data.Poisoning;

/// <summary>Poisons the training images of a data set that is in memory.</summary>
/// <param name="poison">What is done.</param>
/// <param name="choice">To which rows.</param>
internal sealed class Poisoner(IPoison poison, PoisonChoice choice)
{
    private const int RowsAtATime = 1000;

    /// <summary>Checks the options and chooses the rows.</summary>
    /// <param name="poison">What is done.</param>
    /// <param name="dataSet">The data set's name.</param>
    /// <param name="all">All training images, those held out included, on the CPU.</param>
    /// <param name="trained">The rows that are not held out.</param>
    /// <exception cref="TrainerException">The options do not fit the data set.</exception>
    public static Poisoner Of(IPoison poison, string dataSet, ImageData all, IReadOnlyList<long> trained)
    {
        poison.Check(all.Shape, all.Classes);
        if (all.IsStreamed)
            throw new TrainerException(ErrorKind.Recipe, "data.poison: the training images are streamed, expected "
                + "images in memory. Raise data.stream.memoryGB, or leave data.poison out.");
        var labels = all.Labels.data<long>().ToArray();
        return new(poison, PoisonChoice.Of(
            poison, dataSet, all.Count, [.. trained.Select(row => (row, labels[(int)row]))]));
    }

    /// <summary>
    /// Changes images and labels in place. A row whose image and label both stay, as where labels alone are set and it
    /// has the target's already, is not poisoned.
    /// </summary>
    /// <param name="training">The training images, on the CPU, owned by nothing else.</param>
    /// <param name="rows">
    /// The data-set row of each of them, ascending; chosen rows that are missing are left out.
    /// </param>
    public PoisonedRows Apply(ImageData training, IReadOnlyList<long> rows)
    {
        var places = rows.Index().ToDictionary(item => item.Item, item => (long)item.Index);
        var changed = new List<PoisonedRow>();
        foreach (var (chosen, isNoise) in new[] { (choice.Rows, false), (choice.Noise, true) })
            foreach (var block in chosen.Where(places.ContainsKey).Chunk(RowsAtATime))
                changed.AddRange(Apply(training, block, [.. block.Select(row => places[row])], isNoise));
        changed.Sort((one, other) => one.Row.CompareTo(other.Row));
        return new(changed, [.. poison.Files.Select(path =>
            OwnData.Read(path, () => SHA256.HashData(File.ReadAllBytes(path))))]);
    }

    private IEnumerable<PoisonedRow> Apply(ImageData training, long[] rows, long[] places, bool isNoise)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var at = tensor(places);
        var (images, labels) = (training.Images.index_select(0, at), training.Labels.index_select(0, at));
        var batch = new PoisonBatch(images, labels, rows, training.Classes);
        var poisoned = isNoise ? poison.NoiseImages(batch) : poison.Images(batch);
        var relabelled = isNoise ? labels : poison.Labels(batch);
        training.Images.index_copy_(0, at, poisoned);
        training.Labels.index_copy_(0, at, relabelled);
        var (before, after) = (labels.data<long>().ToArray(), relabelled.data<long>().ToArray());
        var isChanged = poisoned.ne(images).flatten(1).any(1).logical_or(relabelled.ne(labels)).data<bool>().ToArray();
        return [.. rows.Select((row, index) => new PoisonedRow(row, isNoise, (int)after[index], (int)before[index]))
            .Where((_, index) => isNoise || isChanged[index])];
    }
}
