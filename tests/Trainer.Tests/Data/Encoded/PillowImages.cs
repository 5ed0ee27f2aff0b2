using System.Text.Json;
using Trainer.Engine.Data.Encoded;
using Trainer.Tests.Fixtures;

namespace Trainer.Tests.Data.Encoded;

/// <summary>Images that Pillow has written, and what it reads in them: Fixtures/images/make.py.</summary>
internal static class PillowImages
{
    private static readonly JsonElement All = Fixture.Read(Path.Combine("images", "expected.json"));

    public static string At(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "images", name);

    public static Raster Decode(string name) => ImageDecoder.Decode(File.ReadAllBytes(At(name)), new());

    public static byte[] Expected(string name, string what = "rgb") =>
        All.GetProperty(name).GetProperty(what).GetBytesFromBase64();

    public static (int Width, int Height) Size(string name) =>
        (All.GetProperty(name).GetProperty("width").GetInt32(), All.GetProperty(name).GetProperty("height").GetInt32());

    /// <summary>The channels one after the other.</summary>
    public static byte[] Planes(Raster image)
    {
        var planes = new byte[image.Values.Length];
        image.CopyPlanes(planes);
        return planes;
    }

    /// <summary>The largest difference of two images, in levels.</summary>
    public static int Difference(byte[] expected, byte[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        return expected.Zip(found, (one, other) => Math.Abs(one - other)).Max();
    }
}
