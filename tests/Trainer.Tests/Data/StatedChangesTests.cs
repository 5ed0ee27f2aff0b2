using Trainer.Engine.Data;
using Trainer.Recipes;
using Trainer.Tests.Training;

namespace Trainer.Tests.Data;

/// <summary>What a data set of a user's own states, and has to do with its training images.</summary>
public sealed class StatedChangesTests
{
    [Fact]
    public void A_change_that_is_not_applied_is_refused()
    {
        var source = new Stating { Applies = false };
        var error = Assert.Throws<TrainerException>(() => DataSplits.Load(source, []));
        Assert.Equal(ErrorKind.Recipe, error.Kind);
        Assert.StartsWith(
            $"data.subset: found one, but {typeof(Stating)} does not apply it to its training images.", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_is_applied_by_the_split_is_there()
    {
        using var splits = DataSplits.Load(new Stating { Applies = true }, []);
        using var all = DataSplits.Load(new SyntheticImages(), []);
        Assert.Equal(all.Train.Count / 2, splits.Train.Count);
    }

    private sealed record Stating : IDataSource
    {
        public required bool Applies { get; init; }

        public TrainingSubset? Subset { get; } = new() { Seed = 1 };

        public DataSplits Load(IReadOnlyList<string> roots)
        {
            var splits = new SyntheticImages().Load(roots);
            return Applies
                ? DataSplits.Of("stating", splits.Train, splits.Test, new(0, null, null, null, Subset)) : splits;
        }
    }
}
