using System.Text.Json.Nodes;
using Trainer.Engine.Data;
using Trainer.Engine.Metrics;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Tests.Training;

namespace Trainer.Tests.Data.Encoded;

public sealed class StreamedDataTests : IDisposable
{
    private readonly FashionFormats formats = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        formats.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("image-folder")]
    [InlineData("parquet")]
    [InlineData("npz")]
    [InlineData("npz, stored")]
    [InlineData("npy")]
    [InlineData("safetensors")]
    public void Streamed_images_held_out_rows_and_fingerprints_are_those_in_memory(string type)
    {
        using var scope = NewDisposeScope();
        using var expected = Load(type, memory: 1);
        using var data = Load(type, memory: 0);
        Assert.Equal((expected.Fingerprint, expected.TestFingerprint), (data.Fingerprint, data.TestFingerprint));
        foreach (var (part, streamed) in Parts(expected).Zip(Parts(data)))
        {
            Assert.Equal(part.Count, streamed.Count);
            long[] rows = [part.Count - 1, .. Enumerable.Range(0, (int)part.Count).Select(row => (long)row), 3, 3];
            var (images, labels) = part.Batch(tensor(rows));
            var (found, classes) = streamed.Batch(tensor(rows));
            TensorAssert.Same(images, found);
            TensorAssert.Same(labels, classes);
            Assert.Throws<InvalidOperationException>(() => streamed.Images);
        }
        Assert.Equal(0, data.Train.Batch(zeros(0, ScalarType.Int64)).Images.shape[0]);
    }

    [Theory]
    [InlineData("image-folder")]
    [InlineData("parquet")]
    [InlineData("npz")]
    [InlineData("npz, stored")]
    [InlineData("npy")]
    [InlineData("safetensors")]
    public void Streamed_test_images_alone_are_those_of_the_whole(string type)
    {
        using var data = Load(type, memory: 1);
        using var alone = Source(type, 0).LoadTest([]);
        Assert.Equal(data.TestFingerprint, alone.TestFingerprint);
        Assert.Equal((0, 0, 40), (alone.Train.Count, alone.Validation.Count, alone.Test.Count));
    }

    [Fact]
    public void Parts_that_do_not_fit_into_the_memory_are_streamed_and_the_log_says_so()
    {
        // 128 training images of 28×28 and 40 test images: 100,352 and 31,360 bytes.
        using var all = Load("image-folder", 0.00014);
        Assert.Equal((false, false, false), Streamed(all));
        Assert.Empty(all.Notes);
        using var training = Load("image-folder", 0.00013);
        Assert.Equal((false, false, true), Streamed(training));
        Assert.Equal(
            ["Streams the test images: 40 of 1×28×28 need 3.14E-05 GB, more than is left of data.stream.memoryGB"],
            training.Notes);
        using var test = Load("image-folder", 0.0001);
        Assert.Equal((true, true, false), Streamed(test));
        Assert.Equal(
            ["Streams the training images: 128 of 1×28×28 need 0.0001 GB, more than is left of data.stream.memoryGB"],
            test.Notes);

        static (bool, bool, bool) Streamed(DataSplits data) =>
            (data.Train.IsStreamed, data.Validation.IsStreamed, data.Test.IsStreamed);
    }

    [Fact]
    public void The_first_damaged_image_of_a_streamed_set_is_named_before_anything_is_created()
    {
        var files = Directory.GetFiles(formats.TrainFolder, "*.png", SearchOption.AllDirectories)
            .OrderBy(Path.GetFileName, StringComparer.Ordinal).ToList();
        foreach (var file in (string[])[files[90], files[60], files[70]])
            File.WriteAllText(file, "");
        var error = Assert.Throws<TrainerException>(() => Load("image-folder", 0));
        Assert.Equal(
            (ErrorKind.Data, $"{files[60]} is empty, expected a PNG or JPEG image. Correct or replace the file."),
            (error.Kind, error.Message));
    }

    [Theory]
    [InlineData(false, "can no longer be read: Could not find file '")]
    [InlineData(true, "has changed since it was first read. ")]
    public void A_file_that_goes_or_changes_during_training_ends_the_run_with_whole_checkpoints(
        bool changes, string expected)
    {
        var file = Directory.GetFiles(formats.TrainFolder, "*.png", SearchOption.AllDirectories).Order().First();
        var content = File.ReadAllBytes(file);
        var other = Directory.GetFiles(formats.TrainFolder, "*.png", SearchOption.AllDirectories).Order().Last();
        var data = JsonNode.Parse(formats.Data["image-folder"])!;
        data["validation"] = 0;
        data["stream"] = JsonNode.Parse("""{ "memoryGB": 0, "workers": 2 }""");
        var recipe = TinyRun.Recipe(("data", data), ("train.maxSteps", 24), ("evaluate.final", new JsonArray()));
        var run = new TinyRun(folder.At("run"));
        var error = Assert.Throws<TrainerException>(() => run.Train(recipe, new Meanwhile(() =>
        {
            if (changes)
                File.Copy(other, file, overwrite: true);
            else
                File.Delete(file);
        })));
        Assert.Equal(ErrorKind.Data, error.Kind);
        Assert.StartsWith($"{file} {expected}", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            "Put the file back as it was and run the same command again.", error.Message, StringComparison.Ordinal);
        // A step needs that image: the one before it is whole, and the run resumes.
        Assert.InRange(run.Newest().State.GlobalStep, 4, 16);
        File.WriteAllBytes(file, content);
        run.Train(recipe);
        var whole = new TinyRun(folder.At("whole"));
        whole.Train(recipe);
        Assert.Equal(whole.Metrics(), run.Metrics());
    }

    private static ImageData[] Parts(DataSplits data) => [data.Train, data.Validation, data.Test];

    private DataSplits Load(string type, double memory) => Source(type, memory).Load([]);

    private IDataSource Source(string type, double memory)
    {
        var data = JsonNode.Parse(formats.Data[type])!;
        data["stream"] = new JsonObject { ["memoryGB"] = memory, ["workers"] = 3 };
        return TinyRun.Recipe(("data", data)).Value.Data;
    }

    /// <summary>Does something after the fourth step.</summary>
    private sealed class Meanwhile(Action action) : TrainingHook
    {
        public override void OnInterval(TrainingRun run, StepMetrics metrics)
        {
            if (run.Position.Step == 4)
                action();
        }
    }
}
