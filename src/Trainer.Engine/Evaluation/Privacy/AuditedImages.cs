using Trainer.Engine.Data;

namespace Trainer.Engine.Evaluation.Privacy;

/// <summary>Some images of a part of a data set.</summary>
/// <param name="Data">The part.</param>
/// <param name="Places">Which of its images.</param>
/// <param name="Rows">The data-set row of each.</param>
internal sealed record AuditedImages(ImageData Data, long[] Places, long[] Rows)
{
    /// <summary>The label of each image.</summary>
    public long[] Labels
    {
        get
        {
            using var labels = Data.Labels.cpu();
            var all = labels.data<long>().ToArray();
            return Array.ConvertAll(Places, place => all[place]);
        }
    }

    /// <summary>All images of a part.</summary>
    /// <param name="data">The part.</param>
    /// <param name="rows">The data-set row of each; null where its places are its rows.</param>
    public static AuditedImages All(ImageData data, IReadOnlyList<long>? rows = null)
    {
        long[] places = [.. Enumerable.Range(0, (int)data.Count).Select(place => (long)place)];
        return new(data, places, rows is null ? places : [.. rows]);
    }

    /// <summary>Those of some rows.</summary>
    public AuditedImages Where(Func<long, bool> isWanted)
    {
        var chosen = Places.Zip(Rows).Where(item => isWanted(item.Second)).ToList();
        return new(Data, [.. chosen.Select(item => item.First)], [.. chosen.Select(item => item.Second)]);
    }

    /// <summary>So many of them at random, in their order.</summary>
    public AuditedImages Sample(int count, Robustness.Random.RandomKey key)
    {
        var chosen = Permutation.Of(key, Places.Length).Take(count).Order().ToList();
        return new(Data, [.. chosen.Select(index => Places[index])], [.. chosen.Select(index => Rows[index])]);
    }
}
