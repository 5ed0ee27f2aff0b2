#!/usr/bin/env -S dotnet run
// A classifier that trainer evaluate asks: scripts/trainer.sh evaluate recipes/program-example/server.cs --program …
// With a port as its argument it is a server, for evaluate http://localhost:PORT/. scripts/README.md has the protocol.
// Replace Logits by your own model.
using System.Net;
using System.Runtime.InteropServices;

if (args is [var port])
{
    using var listener = new HttpListener { Prefixes = { $"http://localhost:{port}/" } };
    listener.Start();
    while (true)
    {
        var context = listener.GetContext();
        using var response = context.Response.OutputStream;
        Answer(context.Request.InputStream, response);
    }
}
using var source = Console.OpenStandardInput();
using var target = Console.OpenStandardOutput();
while (Answer(source, target))
    target.Flush();

// Answers the next question; false at the end.
static bool Answer(Stream source, Stream target)
{
    var header = new int[4];
    if (source.ReadAtLeast(Bytes(header), 16, throwOnEndOfStream: false) < 16)
        return false;
    var (count, channels, height, width) = (header[0], header[1], header[2], header[3]);
    var size = channels * height * width;
    var pixels = new float[count * size];
    source.ReadExactly(Bytes(pixels));
    var answers = Enumerable.Range(0, count).SelectMany(place => Logits(pixels.AsSpan(place * size, size), width));
    target.Write(Bytes([count, 10]));
    target.Write(Bytes(answers.ToArray()));
    return true;
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
