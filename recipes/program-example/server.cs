#!/usr/bin/env -S dotnet run
// A classifier that trainer evaluate asks: scripts/trainer.sh evaluate recipes/program-example/server.cs --program …
// The protocol is in scripts/README.md. Replace Logits by your own model.
using System.Runtime.InteropServices;

using var source = Console.OpenStandardInput();
using var target = Console.OpenStandardOutput();
var header = new int[4];
while (source.ReadAtLeast(Bytes(header), 16, throwOnEndOfStream: false) == 16)
{
    var (count, channels, height, width) = (header[0], header[1], header[2], header[3]);
    var size = channels * height * width;
    var pixels = new float[count * size];
    source.ReadExactly(Bytes(pixels));
    var answers = Enumerable.Range(0, count).SelectMany(place => Logits(pixels.AsSpan(place * size, size), width));
    target.Write(Bytes([count, 10]));
    target.Write(Bytes(answers.ToArray()));
    target.Flush();
}

// Ten numbers for an image of floats in [0, 1]: here the brightness of its rows, for classes 0 to 9.
static float[] Logits(ReadOnlySpan<float> image, int width)
{
    var logits = new float[10];
    for (var pixel = 0; pixel < image.Length && pixel / width < logits.Length; pixel++)
        logits[pixel / width] += image[pixel];
    return logits;
}

static Span<byte> Bytes<T>(T[] values) where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan());
