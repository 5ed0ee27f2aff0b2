using Trainer.Engine.Data.Encoded;
using Trainer.Engine.Pictures;
using Trainer.Recipes;

namespace Trainer.Tests.Data.Encoded;

public sealed class ImageStreamTests
{
    private static readonly ImagePreparation AsTheyAre = new(null, null, Grey: true);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 5)]
    [InlineData(3, 2)]
    [InlineData(3, 5)]
    [InlineData(8, 300)]
    public void Images_come_in_their_order(int workers, int capacity)
    {
        using var stream = new ImageStream(Enumerable.Range(0, 200).Select(Image), AsTheyAre, workers, capacity);
        for (var number = 0; number < 200; number++)
        {
            var image = stream.Next();
            Assert.Equal(($"{number}", number), (image.Place, (int)image.Label));
            Assert.Equal(Enumerable.Repeat((byte)number, 6), image.Planes);
        }
        Assert.Equal(
            "Found 200 images, expected one more.", Assert.Throws<InvalidOperationException>(stream.Next).Message);
    }

    [Fact]
    public void No_more_images_than_the_capacity_are_alive_however_slow_the_caller_is()
    {
        var (read, taken, most) = (0, 0, 0);
        using var stream = new ImageStream(Enumerable.Range(0, 60).Select(number => Image(number) with
        {
            Read = () =>
            {
                var alive = Interlocked.Increment(ref read) - Volatile.Read(ref taken);
                InterlockedMax(ref most, alive);
                return Image(number).Read();
            },
        }), AsTheyAre, workers: 3, capacity: 7);
        for (; taken < 60; Interlocked.Increment(ref taken))
        {
            var image = stream.Next();
            // The queue fills up: all that may be read is, and no more.
            Assert.True(SpinWait.SpinUntil(
                () => Volatile.Read(ref read) >= Math.Min(60, taken + 8), TimeSpan.FromSeconds(30)));
            // And none of them is decoded into the memory of the one that the caller has.
            Assert.Equal(Enumerable.Repeat((byte)taken, 6), image.Planes);
        }
        // The one that the caller has just taken counts, too.
        Assert.Equal(8, most);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_first_fault_in_the_images_order_is_thrown_in_its_turn(int workers)
    {
        using var stream = new ImageStream(Enumerable.Range(0, 20).Select(
            number => number < 5 ? Image(number) : Image(number) with { Read = () => [] }), AsTheyAre, workers, 10);
        for (var number = 0; number < 5; number++)
            Assert.Equal($"{number}", stream.Next().Place);
        Assert.Equal(
            "5 is empty, expected a PNG or JPEG image. Correct or replace the file.",
            Assert.Throws<TrainerException>(stream.Next).Message);
    }

    [Fact]
    public void A_fault_of_the_list_itself_and_one_that_nobody_expects_are_thrown_in_their_turn()
    {
        using var stream = new ImageStream(Broken(), AsTheyAre, 3, 10);
        Assert.Equal("0", stream.Next().Place);
        Assert.Equal("an image", Assert.Throws<NotSupportedException>(stream.Next).Message);
        Assert.Equal("the list", Assert.Throws<NotSupportedException>(stream.Next).Message);

        static IEnumerable<EncodedImage> Broken()
        {
            yield return Image(0);
            yield return Image(1) with { Read = () => throw new NotSupportedException("an image") };
            throw new NotSupportedException("the list");
        }
    }

    [Fact]
    public void Disposing_ends_the_threads_and_the_list_whatever_is_left()
    {
        var (reading, closed) = (0, false);
        var stream = new ImageStream(Endless(), AsTheyAre, workers: 3, capacity: 4);
        stream.Next();
        stream.Dispose();
        Assert.True(closed);
        var before = reading;
        Thread.Yield();
        Assert.Equal(before, reading);

        IEnumerable<EncodedImage> Endless()
        {
            try
            {
                for (var number = 0; ; number++)
                    yield return Image(number) with
                    {
                        Read = () =>
                        {
                            Interlocked.Increment(ref reading);
                            return Image(0).Read();
                        },
                    };
            }
            finally
            {
                closed = true;
            }
        }
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); seen < value;)
            seen = Interlocked.CompareExchange(ref target, value, seen) is var found && found == seen ? value : found;
    }

    private static EncodedImage Image(int number)
    {
        using var pixels = full(1, 2, 3, (byte)number, ScalarType.Byte);
        var encoded = Png.Encode(pixels);
        return new($"{number}", number, () => encoded);
    }
}
