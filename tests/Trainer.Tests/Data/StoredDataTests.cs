using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Recipes;
using Trainer.Tests.Training;

namespace Trainer.Tests.Data;

public sealed class StoredDataTests
{
    [Fact]
    public void Test_images_that_change_under_a_fingerprint_of_the_source_s_own_are_found()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        run.Train(TinyRun.Recipe(("train.maxSteps", 1), ("evaluate.final", new JsonArray())));
        var checkpoint = run.Newest();
        using var data = new SyntheticImages().Load([]);
        StoredData.Check(checkpoint, data);
        StoredData.CheckTest(checkpoint, data);

        var other = new DataSplits(data.Train, data.Validation, data.Validation, data.Fingerprint);
        foreach (var check in (Action[])[() => StoredData.Check(checkpoint, other), () =>
            StoredData.CheckTest(checkpoint, other)])
        {
            var exception = Assert.Throws<TrainerException>(check);
            Assert.Equal(ErrorKind.Data, exception.Kind);
            Assert.StartsWith(
                $"The test images differ from those of '{checkpoint.Path}': found the fingerprint "
                + $"{other.TestFingerprint}, "
                    + $"expected {data.TestFingerprint}. Put the same files back",
                exception.Message, StringComparison.Ordinal);
        }
    }
}
