using Trainer.Engine.Data;

namespace Trainer.Tests.Evaluation.Checks;

/// <summary>
/// Grey images of up to five patterns with noise (stripes of either direction, a chequerboard, halves, diagonal
/// stripes), and the network that compares an image with each.
/// </summary>
internal static class Patterns
{
    /// <summary>
    /// Logits of about 1.5 for the true class and 0 for the others: in L∞, 0.15 of every pixel turns an image into
    /// another class's.
    /// </summary>
    public static TinyNetwork Network(int classes = 4)
    {
        var weight = new float[classes, 64];
        var bias = new float[classes];
        for (var pattern = 0; pattern < classes; pattern++)
        {
            for (var pixel = 0; pixel < 64; pixel++)
            {
                weight[pattern, pixel] = 10f / 64 * Sign(pattern, pixel);
                bias[pattern] -= 0.5f * weight[pattern, pixel];
            }
        }
        var network = new TinyNetwork(weight, bias);
        foreach (var parameter in network.parameters())
            parameter.requires_grad = false;
        return network;
    }

    public static ImageData Images(int count, int classes = 4)
    {
        var random = new System.Random(1);
        var images = new byte[count * 64];
        for (var index = 0; index < images.Length; index++)
            images[index] = (byte)(127 + 38 * Sign(index / 64 % classes, index % 64) + random.Next(-20, 21));
        return new(tensor(images).reshape(count, 1, 8, 8), arange(count, ScalarType.Int64) % classes,
            [.. ((string[])["rows", "columns", "squares", "halves", "diagonals"]).Take(classes)]);
    }

    private static int Sign(int pattern, int pixel) => pattern switch
    {
        0 => pixel / 8 % 2 == 0,
        1 => pixel % 2 == 0,
        2 => (pixel / 8 + pixel) % 2 == 0,
        3 => pixel < 32,
        _ => (pixel / 8 + pixel) % 4 < 2,
    } ? 1 : -1;
}
