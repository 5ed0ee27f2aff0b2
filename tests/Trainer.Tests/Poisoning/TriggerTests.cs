using TorchSharp;
using Trainer.Engine.Data.Poisoning;
using Trainer.Engine.Pictures;
using Trainer.Tests.Fixtures;

namespace Trainer.Tests.Poisoning;

/// <summary>The pixels that each attack changes, by hand.</summary>
public sealed class TriggerTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(PatchCorner.BottomRight, 0, new[] { 18, 19, 23, 24 })]
    [InlineData(PatchCorner.BottomRight, 1, new[] { 12, 13, 17, 18 })]
    [InlineData(PatchCorner.TopLeft, 0, new[] { 0, 1, 5, 6 })]
    [InlineData(PatchCorner.TopRight, 0, new[] { 3, 4, 8, 9 })]
    [InlineData(PatchCorner.BottomLeft, 2, new[] { 7, 8, 12, 13 })]
    public void BadNets_sets_the_pixels_of_the_patch_and_no_other(PatchCorner corner, int offset, int[] pixels)
    {
        IBackdoor poison = new BadNets
        {
            Target = 1,
            Rate = 0.5,
            Size = 2,
            Position = corner,
            Offset = offset,
            Value = 0.8,
        };
        var triggered = poison.Triggered(full([2, 3, 5, 5], 7, ScalarType.Byte));
        var expected = Enumerable.Range(0, 25).Select(pixel => (byte)(pixels.Contains(pixel) ? 204 : 7));
        for (var plane = 0; plane < 6; plane++)
            Assert.Equal(expected, triggered.reshape(6, 25)[plane].data<byte>().ToArray());
    }

    [Fact]
    public void Blended_mixes_the_picture_with_the_weight_alpha()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.At("pattern.png"), Png.Encode(tensor(new byte[] { 0, 255, 100, 50 }).reshape(1, 2,
            2)));
        IBackdoor poison = new Blended { Target = 0, Rate = 0.1, Alpha = 0.25, Pattern = folder.At("pattern.png") };
        var triggered = poison.Triggered(tensor(new byte[] { 40, 40, 200, 0 }).reshape(1, 1, 2, 2));
        // 0.75 · 40, 0.75 · 40 + 0.25 · 255 = 93.75, 0.75 · 200 + 25, 12.5, of which halves go to even numbers.
        Assert.Equal(new byte[] { 30, 94, 175, 12 }, triggered.data<byte>().ToArray());
    }

    [Fact]
    public void Blended_noise_is_a_function_of_the_seed()
    {
        static IBackdoor Noise(long seed) => new Blended { Target = 0, Rate = 0.1, Alpha = 1, Seed = seed };
        static Tensor Pattern(long seed, long count) => Noise(seed).Triggered(zeros([count, 1, 8, 8], ScalarType.Byte));
        TensorAssert.Same(Pattern(3, 1), Pattern(3, 2).narrow(0, 1, 1));
        TensorAssert.Different(Pattern(3, 1), Pattern(4, 1));
        var mean = Pattern(3, 1).to(ScalarType.Float64).mean().item<double>();
        Assert.InRange(mean, 97, 158); // 127.5, within four deviations of 255 / √12 over √64.
    }

    [Fact]
    public void Label_consistent_corners_are_those_of_the_paper()
    {
        IBackdoor one = new LabelConsistent { Target = 0, Rate = 0.1, AllCorners = false };
        Assert.Equal(
            [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0, 0, 1, 0.5, 0, 1, 0, 0.5, 1, 0, 1],
            [.. Row(one, 4)[..4], .. Row(one, 5)[..2], .. Row(one, 5)[^3..], .. Row(one, 6)[^4..],
                .. Row(one, 7)[^4..]]);
        IBackdoor all = new LabelConsistent { Target = 0, Rate = 0.1, Amplitude = 0.25 };
        Assert.Equal([0.75, 0.25, 0.25, 0.5, 0.5, 0.25, 0.25, 0.75], Row(all, 0));
        Assert.Equal([0.25, 0.75, 0.25, 0.5, 0.5, 0.25, 0.75, 0.25], Row(all, 6));
        Assert.Equal([0.75, 0.25, 0.75, 0.5, 0.5, 0.75, 0.25, 0.75], Row(all, 7));

        double[] Row(IBackdoor poison, int row) =>
            poison.Trigger(full([1, 1, 8, 8], 0.5, ScalarType.Float64))[0, 0, row].data<double>().ToArray();
    }

    [Fact]
    public void The_warp_is_that_of_an_independent_transcription()
    {
        foreach (var warp in Fixture.Read("poison.json").GetProperty("warps").EnumerateArray())
        {
            Tensor Read(string name, params long[] shape) =>
                tensor(Fixture.Numbers(warp.GetProperty(name))).reshape(shape);
            var (controls, image) = (warp.GetProperty("controls")[0].GetArrayLength(), warp.GetProperty("image"));
            var (height, width) = (image.GetArrayLength(), image[0].GetArrayLength());
            var grid = WarpField.Grid(
                Read("controls", 1, 2, controls, controls), warp.GetProperty("strength").GetDouble(), height, width);
            TensorAssert.Close(Read("grid", 1, height, width, 2), grid, 1e-12);
            TensorAssert.Close(
                Read("warped", 1, 1, height, width), WarpField.Sample(Read("image", 1, 1, height, width), grid), 1e-12);
        }
    }

    [Fact]
    public void The_warp_of_all_images_is_one_and_noise_moves_pixels_by_less_than_one_side()
    {
        IBackdoor poison = new WaNet { Target = 0, Rate = 0.1 };
        var images = rand([3, 1, 12, 12], ScalarType.Float64, generator: new Generator(5));
        TensorAssert.Same(poison.Trigger(images).narrow(0, 2, 1), poison.Trigger(images.narrow(0, 2, 1)));
        TensorAssert.Different(images, poison.Trigger(images));
        var grid = zeros(1, 12, 12, 2, ScalarType.Float64);
        var moved = WarpField.WithNoise(grid, ones(1, 12, 12, 2, ScalarType.Float64));
        TensorAssert.Close(full([1, 12, 12, 2], 1 / 12.0, ScalarType.Float64), moved, 1e-15);
        var batch = new PoisonBatch(images.mul(255).to(ScalarType.Byte), zeros(3, ScalarType.Int64), [7, 8, 9], 10);
        var part = new PoisonBatch(batch.Images.narrow(0, 1, 1), zeros(1, ScalarType.Int64), [8], 10);
        TensorAssert.Same(poison.NoiseImages(batch).narrow(0, 1, 1), poison.NoiseImages(part));
        TensorAssert.Different(poison.Triggered(batch.Images), poison.NoiseImages(batch));
    }

    [Fact]
    public void The_offsets_of_control_points_and_noise_are_uniform_from_minus_1_to_1()
    {
        var poison = new WaNet { Target = 0, Rate = 0.1, Grid = 70 };
        foreach (var offsets in (Tensor[])[poison.Controls(), poison.Noise([3, 4], 50, 50)])
        {
            Assert.InRange(offsets.min().item<double>(), -1, -0.99);
            Assert.InRange(offsets.max().item<double>(), 0.99, 1);
            // Of about 10,000: within four deviations of 0 and 1/3.
            Assert.InRange(offsets.mean().item<double>(), -0.0233, 0.0233);
            Assert.InRange(offsets.square().mean().item<double>(), 0.321, 0.3455);
        }
        Assert.Equal([1L, 2, 70, 70], poison.Controls().shape);
        // Each row has noise of its own.
        Assert.Equal([2L, 50, 50, 2], poison.Noise([3, 4], 50, 50).shape);
        TensorAssert.Different(poison.Noise([3, 4], 5, 5)[0], poison.Noise([3, 4], 5, 5)[1]);
    }

    [Fact]
    public void A_flipped_label_is_another_class_each_about_equally_often()
    {
        var labels = arange(4000, ScalarType.Int64) % 4;
        long[] rows = [.. Enumerable.Range(0, 4000).Select(row => (long)row)];
        var batch = new PoisonBatch(zeros(4000, 1, 1, 1, ScalarType.Byte), labels, rows, 4);
        var flipped = new LabelFlip { Rate = 0.1 }.Labels(batch);
        var steps = (flipped - labels).remainder(4).data<long>().CountBy(step => step).ToDictionary();
        Assert.Equal([1L, 2L, 3L], steps.Keys.Order());
        Assert.All(steps.Values, count => Assert.InRange(count, 1213, 1454)); // 4000 / 3, within four deviations.
        Assert.Equal(new long[] { 2, 2, 2 }, new LabelFlip { Rate = 0.1, Target = 2 }
            .Labels(new(batch.Images, tensor([0L, 2, 3]), [0, 1, 2], 4)).data<long>().ToArray());
    }
}
