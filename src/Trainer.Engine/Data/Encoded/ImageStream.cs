using System.Runtime.ExceptionServices;
using Trainer.Recipes;

namespace Trainer.Engine.Data.Encoded;

/// <summary>
/// Decodes images on threads of its own and hands them out in their order. The queue is bounded: however many images
/// there are, only as many as its capacity are being read, decoded or waiting.
/// </summary>
internal sealed class ImageStream : IDisposable
{
    private readonly object gate = new();
    private readonly SemaphoreSlim free;
    private readonly IEnumerator<EncodedImage> images;
    private readonly IImageDecoder decoder;
    private readonly Outcome?[] queue;
    private readonly List<Thread> threads;
    private readonly Stack<byte[]> spare = new();
    private DecodedImage? given;
    private long begun;
    private long taken;
    private bool ended;

    /// <summary>Begins to decode.</summary>
    /// <param name="images">In their order. Enumerated by the threads, by one at a time.</param>
    /// <param name="decoder">Makes pixels of their bytes.</param>
    /// <param name="workers">How many threads decode.</param>
    /// <param name="capacity">The length of the queue.</param>
    public ImageStream(IEnumerable<EncodedImage> images, IImageDecoder decoder, int workers, int capacity)
    {
        (this.images, this.decoder) = (images.GetEnumerator(), decoder);
        (queue, free) = (new Outcome?[capacity], new(capacity));
        threads = [.. Enumerable.Range(0, Math.Min(workers, capacity)).Select(
            _ => new Thread(Work) { Name = "decoder", IsBackground = true })];
        threads.ForEach(thread => thread.Start());
    }

    /// <summary>Waits for the next image, whose values are valid until the next call.</summary>
    /// <exception cref="TrainerException">It cannot be read; none of those before it failed.</exception>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public DecodedImage Next()
    {
        Outcome outcome;
        lock (gate)
        {
            if (given is not null)
                spare.Push(given.Planes);
            given = null;
            while (queue[taken % queue.Length] is null)
            {
                if (ended && taken == begun)
                    throw new InvalidOperationException($"Found {taken} images, expected one more.");
                Monitor.Wait(gate);
            }
            outcome = queue[taken % queue.Length]!;
            queue[taken++ % queue.Length] = null;
            given = outcome.Image;
        }
        free.Release();
        outcome.Fault?.Throw();
        return outcome.Image!;
    }

    /// <summary>Waits for the images that are being decoded, and ends the threads.</summary>
    public void Dispose()
    {
        lock (gate)
            ended = true;
        free.Release(threads.Count);
        threads.ForEach(thread => thread.Join());
        images.Dispose();
        free.Dispose();
    }

    private void Work()
    {
        var buffers = new ImageBuffers();
        free.Wait();
        while (Begin() is var (place, image, target))
        {
            var outcome = Decode(image, buffers, target);
            lock (gate)
            {
                queue[place % queue.Length] = outcome;
                if (place == taken)
                    Monitor.Pulse(gate);
            }
            free.Wait();
        }
    }

    /// <summary>The next image to decode, its place, and memory for it; null where there is none.</summary>
    private (long Place, EncodedImage Image, byte[]? Target)? Begin()
    {
        lock (gate)
        {
            if (ended)
                return null;
            try
            {
                if (images.MoveNext())
                    return (begun++, images.Current, spare.TryPop(out var target) ? target : null);
            }
            catch (Exception error)
            {
                // Thrown in its turn, where the caller asks for the image.
                queue[begun++ % queue.Length] = new(null, ExceptionDispatchInfo.Capture(error));
            }
            ended = true;
            Monitor.Pulse(gate);
            return null;
        }
    }

    private Outcome Decode(EncodedImage image, ImageBuffers buffers, byte[]? target)
    {
        try
        {
            return new(DecodedImage.Of(image, decoder, buffers, target), null);
        }
        catch (Exception error)
        {
            // Likewise, so that of several faults the first in the images' order is reported.
            return new(null, ExceptionDispatchInfo.Capture(error));
        }
    }

    private sealed record Outcome(DecodedImage? Image, ExceptionDispatchInfo? Fault);
}
