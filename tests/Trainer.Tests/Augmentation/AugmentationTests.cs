using Trainer.Engine.Data.Augmentation;
using Trainer.Robustness.Random;

namespace Trainer.Tests.Augmentation;

/// <summary>Each augmentation of a whole batch against the same thing said row by row and pixel by pixel.</summary>
public sealed class AugmentationTests : IDisposable
{
    private const int Rows = 7, Channels = 2, Height = 5, Width = 6, Classes = 3;
    private static readonly RandomKey Key = RandomKey.Of(8);
    private readonly TorchSharp.DisposeScope scope = NewDisposeScope();
    private readonly AugmentedBatch batch;
    private readonly float[] pixels;

    public AugmentationTests()
    {
        var images = RandomSource.ForBatch(RandomKey.Of(1)).Uniform(zeros(Rows, Channels, Height, Width));
        batch = new(images, tensor((long[])[0, 1, 2, 0, 0, 1, 2]), Classes);
        pixels = images.data<float>().ToArray();
    }

    [Fact]
    public void Pad_crop_takes_each_image_out_of_one_with_a_black_border()
    {
        var draws = RandomSource.ForBatch(Key);
        var (down, right) = (Places(draws, 5), Places(draws, 5));
        Same((row, channel, y, x) =>
            At(row, channel, y + down[row] - 2, x + right[row] - 2),
            new PadCrop { Padding = 2 }.Apply(batch, RandomSource.ForBatch(Key)).Images);
        Assert.True(down.Distinct().Count() > 1 && right.Distinct().Count() > 1);
    }

    [Fact]
    public void Pad_crop_shifts_by_every_amount_up_to_its_padding_and_no_more()
    {
        using var many = zeros(2000, 1, 3, 3);
        many[TensorIndex.Colon, TensorIndex.Colon, 1, 1] = 1;
        var places = new PadCrop { Padding = 1 }.Apply(
            new(many, zeros(2000, ScalarType.Int64), 2), RandomSource.ForBatch(Key)).Images.sum([0]).flatten()
            .data<float>().ToArray();
        Assert.Equal(2000, places.Sum());
        Assert.All(places, count => Assert.InRange(count, 150, 300));
    }

    [Fact]
    public void Flip_mirrors_the_chosen_images()
    {
        var chosen = Draw(RandomSource.ForBatch(Key)).Select(value => value < 0.5).ToArray();
        Same((row, channel, y, x) =>
            At(row, channel, y, chosen[row] ? Width - 1 - x : x),
            new Flip().Apply(batch, RandomSource.ForBatch(Key)).Images);
        Assert.Equal([false, true], chosen.Distinct().Order());
        TensorAssert.Same(batch.Images, new Flip { Probability = 0 }.Apply(batch, RandomSource.ForBatch(Key)).Images);
        TensorAssert.Same(
            batch.Images.flip(3), new Flip { Probability = 1 }.Apply(batch, RandomSource.ForBatch(Key)).Images);
    }

    [Fact]
    public void Cutout_blackens_a_square_around_any_pixel()
    {
        var draws = RandomSource.ForBatch(Key);
        var (centreY, centreX) = (Places(draws, Height), Places(draws, Width));
        Same(
            (row, channel, y, x) =>
            Within(y, centreY[row] - 1, 3) && Within(x, centreX[row] - 1, 3) ? 0 : At(row, channel, y, x),
            new Cutout { Length = 3 }.Apply(batch, RandomSource.ForBatch(Key)).Images);
    }

    [Fact]
    public void Cutmix_puts_a_window_of_the_image_before_and_shares_the_label_by_area()
    {
        var draws = RandomSource.ForBatch(Key);
        var sides = Draw(draws).Select(lambda => Math.Sqrt(1 - (double)lambda)).ToArray();
        var (centreY, centreX) = (Places(draws, Height), Places(draws, Width));
        bool In(int row, int y, int x)
        {
            var (halfHeight, halfWidth) = ((int)(sides[row] * Height) / 2, (int)(sides[row] * Width) / 2);
            return Within(y, centreY[row] - halfHeight, 2 * halfHeight)
                && Within(x, centreX[row] - halfWidth, 2 * halfWidth);
        }
        var mixed = new CutMix().Apply(batch, RandomSource.ForBatch(Key));
        Same((row, channel, y, x) => At(In(row, y, x) ? Before(row) : row, channel, y, x), mixed.Images);
        var area = Enumerable.Range(0, Rows).Select(
            row => Enumerable.Range(0, Height * Width).Count(place => In(row, place / Width, place % Width))).ToArray();
        Shares(row => 1 - area[row] / (double)(Height * Width), mixed);
        Assert.Contains(area, size => size > 0);
    }

    [Fact]
    public void Mixup_blends_with_the_image_before()
    {
        var own = Draw(RandomSource.ForBatch(Key));
        var mixed = new Mixup().Apply(batch, RandomSource.ForBatch(Key));
        Same((row, channel, y, x) =>
            own[row] * At(row, channel, y, x) + (1 - own[row]) * At(Before(row), channel, y, x), mixed.Images, 1e-6);
        Shares(row => own[row], mixed);
    }

    [Fact]
    public void Mixing_twice_shares_each_label_among_four_images()
    {
        var once = new Mixup().Apply(batch, RandomSource.ForBatch(Key));
        var twice = new Mixup().Apply(once, RandomSource.ForBatch(Key.With(1)));
        var own = tensor(Draw(RandomSource.ForBatch(Key.With(1)))).unsqueeze(1);
        TensorAssert.Close(own * once.Shares! + (1 - own) * once.Shares!.roll(1, 0), twice.Shares!, 1e-6);
        TensorAssert.Close(ones(Rows), twice.Shares!.sum(1), 1e-6);
        TensorAssert.Same(twice.Shares!.argmax(1), twice.Labels);
    }

    [Fact]
    public void What_is_given_stays_as_it_is_and_nothing_is_left_behind()
    {
        var before = batch.Images.clone();
        foreach (var augmentation in (IAugmentation[])[new PadCrop(), new Flip(), new Cutout { Length = 3 },
            new CutMix { Alpha = 0.5 }, new Mixup { Alpha = 2 }])
        {
            var count = Live();
            var made = augmentation.Apply(batch, RandomSource.ForBatch(Key));
            Assert.Equal(augmentation.MixesLabels ? 3 : 1, Live() - count);
            Assert.Equal(augmentation.MixesLabels, made.Shares is not null);
            TensorAssert.Same(before, batch.Images);
        }
    }

    public void Dispose() => scope.Dispose();

    /// <summary>This thread's alone: finalizers dispose what other tests have left.</summary>
    private static long Live() => TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    private static float[] Draw(RandomSource random) => random.Uniform(zeros(Rows, 1, 1, 1)).data<float>().ToArray();

    private static int[] Places(RandomSource random, int count) =>
        [.. Draw(random).Select(value => (int)(value * count))];

    private static bool Within(int place, int first, int count) => place >= first && place < first + count;

    private static int Before(int row) => (row + Rows - 1) % Rows;

    private float At(int row, int channel, int y, int x) =>
        y < 0 || y >= Height || x < 0 || x >= Width ? 0 : pixels[((row * Channels + channel) * Height + y) * Width + x];

    private static void Same(Func<int, int, int, int, float> expected, Tensor actual, double tolerance = 0)
    {
        var values = from row in Enumerable.Range(0, Rows)
                     from channel in Enumerable.Range(0, Channels)
                     from y in Enumerable.Range(0, Height)
                     from x in Enumerable.Range(0, Width)
                     select expected(row, channel, y, x);
        TensorAssert.Close(tensor(values.ToArray()).reshape(Rows, Channels, Height, Width), actual, tolerance);
    }

    private void Shares(Func<int, double> own, AugmentedBatch mixed)
    {
        var labels = batch.Labels.data<long>().ToArray();
        var expected = new float[Rows * Classes];
        for (var row = 0; row < Rows; row++)
        {
            expected[row * Classes + labels[row]] += (float)own(row);
            expected[row * Classes + labels[Before(row)]] += (float)(1 - own(row));
        }
        TensorAssert.Close(tensor(expected).reshape(Rows, Classes), mixed.Shares!, 1e-6);
        TensorAssert.Same(mixed.Shares!.argmax(1), mixed.Labels);
    }
}
