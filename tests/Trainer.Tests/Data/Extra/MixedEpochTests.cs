using Trainer.Engine.Data;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;

namespace Trainer.Tests.Data.Extra;

public sealed class MixedEpochTests : IDisposable
{
    private readonly ExtraFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_batch_holds_the_images_and_labels_that_its_order_names()
    {
        using var scope = NewDisposeScope();
        using var data = folder.Load(fraction: 0.7);
        var sampler = new Sampler(24, 10, seed: 0);
        using var epoch = new MixedEpoch(data.Train, data.Extra!, sampler, 0, 0);
        Assert.Equal(3, epoch.Steps);
        for (var step = 0; step < 3; step++)
        {
            var rows = new MixedOrder(sampler, 50, 0.7, 0, 0).Rows(step);
            long[] numbers = [.. rows.Originals, .. rows.Extras.Select(row => 100 + row)];
            var expected = rows.Places.Select(place => numbers[place]).ToList();
            var batch = epoch.Batch(step);
            Assert.Equal([10, 1, 8, 8], batch.Images.shape);
            Assert.Equal(
                expected.Select(number => number / 255f),
                batch.Images.select(3, 7).select(2, 7).select(1, 0).data<float>().ToArray());
            Assert.Equal(expected.Select(number => number % 2), batch.Labels.data<long>().ToArray());
            Assert.Null(batch.Smoothing);
        }
    }

    [Fact]
    public void Only_the_labels_of_extra_images_are_smoothed()
    {
        using var scope = NewDisposeScope();
        using var data = folder.Load(fraction: 0.5, smoothing: 0.2);
        using var epoch = new MixedEpoch(data.Train, data.Extra!, new Sampler(24, 10, seed: 0), 0, 0);
        var batch = epoch.Batch(0);
        var isExtra = batch.Images.select(3, 0).select(2, 0).select(1, 0).data<float>().Select(value => value > 0.35f)
            .ToList();
        Assert.Equal(5, isExtra.Count(value => value));
        Assert.Equal(isExtra.Select(value => value ? 0.2f : 0), batch.Smoothing!.data<float>().ToArray());
    }

    [Fact]
    public void A_step_is_the_same_whichever_came_before_it()
    {
        using var scope = NewDisposeScope();
        using var data = folder.Load();
        Tensor Step(params ReadOnlySpan<long> steps)
        {
            using var epoch = new MixedEpoch(data.Train, data.Extra!, new Sampler(24, 4, seed: 0), 1, 2);
            var images = zeros(1);
            foreach (var step in steps)
                images = epoch.Batch(step).Images;
            return images;
        }

        var expected = Step(0, 1, 2, 3);
        TensorAssert.Same(expected, Step(3));
        TensorAssert.Same(expected, Step(5, 3));
        TensorAssert.Same(expected, Step(2, 3, 3));
        TensorAssert.Different(expected, Step(4));
    }

    [Fact]
    public void A_step_leaves_no_tensors_but_its_batch()
    {
        using var data = folder.Load(smoothing: 0.1);
        using var epoch = new MixedEpoch(data.Train, data.Extra!, new Sampler(24, 4, seed: 0), 0, 0);
        using var scope = NewDisposeScope();
        _ = epoch.Batch(0);
        Assert.Equal(3, scope.DisposablesCount);
    }

    [Fact]
    public void A_step_outside_the_epoch_is_refused()
    {
        using var data = folder.Load();
        using var epoch = new MixedEpoch(data.Train, data.Extra!, new Sampler(24, 4, seed: 0), 0, 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => epoch.Batch(6));
    }

    [Fact]
    public void A_file_larger_than_memory_is_read_by_rows()
    {
        // 1 TiB that takes no room on the disk: the header, and no byte written after it.
        const long Count = 1L << 24;
        const int Pixels = 256 * 256;
        var bytes = Count * Pixels;
        var header = System.Text.Encoding.ASCII.GetBytes(
            $$$"""{"images":{"dtype":"U8","shape":[{{{Count}}},1,256,256],"data_offsets":[0,{{{bytes}}}]},"labels":{"dtype":"I64","shape":[{{{Count}}}],"data_offsets":[{{{bytes}}},{{{bytes + 8 * Count}}}]}}""");
        using (var file = File.Create(folder.At("extra")))
        {
            file.Write(BitConverter.GetBytes((long)header.Length));
            file.Write(header);
            file.SetLength(8 + header.Length + bytes + 8 * Count);
        }
        using var images = ExtraImages.Open(new() { Path = folder.At("extra") }, new(1, 256, 256), 2);
        Assert.Equal(Count, images.Count);
        var rows = images.Read([0, Count / 3, Count - 1]);
        Assert.Equal((3 * Pixels, 3), (rows.Images.Length, rows.Labels.Length));
        Assert.All(rows.Images, value => Assert.Equal(0, value));
    }

    [Fact]
    public void The_fingerprint_covers_the_extra_images()
    {
        string Fingerprint()
        {
            using var data = folder.Load();
            return data.Fingerprint;
        }

        var first = Fingerprint();
        Assert.Equal(first, Fingerprint());
        folder.Write("extra", 50, 101);
        Assert.NotEqual(first, Fingerprint());
    }

    [Fact]
    public void Extra_images_of_another_shape_are_refused()
    {
        folder.Write("extra", 50, 100, height: 9);
        Assert.Equal(
            $"{folder.At("extra")} holds images of 1×9×8, but those that data.extra is mixed with are 1×8×8. "
            + "Make them of one shape.", Error(() => folder.Load()));
    }

    [Fact]
    public void An_extra_label_out_of_range_is_refused_with_its_place()
    {
        folder.Write("extra", 50, 100, classes: 3);
        Assert.Matches("""/extra: found label 2 of image 2 at offset \d+, expected 0 to 1\. Make the file anew\.$""", Error(() => folder.Load()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2_500_001)]
    public void A_single_extra_label_out_of_range_is_found_before_it_is_drawn(int row)
    {
        using var scope = NewDisposeScope();
        var labels = zeros(2_500_002, ScalarType.Int64);
        labels[row].fill_(7);
        // Rows of one pixel, of which the fingerprint reads a thousand.
        SafetensorsWriter.Write(
            folder.At("extra"), [("images", zeros([2_500_002, 1, 1, 1], ScalarType.Byte)), ("labels", labels)],
            new Dictionary<string, string>());
        Assert.Contains($"/extra: found label 7 of image {row} at offset ", Error(() =>
            ExtraImages.Open(new() { Path = folder.At("extra") }, new(1, 1, 1), 2)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_breaks_off_while_it_is_used_ends_the_run()
    {
        using var data = folder.Load();
        using (var file = File.Open(folder.At("extra"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(200);
        using var epoch = new MixedEpoch(data.Train, data.Extra!, new Sampler(24, 4, seed: 0), 0, 0);
        Assert.Contains("became shorter", Error(() => epoch.Batch(0)), StringComparison.Ordinal);
    }

    private static string Error(Func<object?> action)
    {
        var error = Assert.Throws<TrainerException>(action);
        Assert.Equal(ErrorKind.Data, error.Kind);
        return error.Message;
    }
}
