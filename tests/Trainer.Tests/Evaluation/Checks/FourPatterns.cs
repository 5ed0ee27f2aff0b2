using Trainer.Engine.Data;

namespace Trainer.Tests.Evaluation.Checks;

/// <summary>
/// Grey images of four patterns with noise (stripes of either direction, a chequerboard, halves), and the network that
/// compares an image with each.
/// </summary>
internal static class FourPatterns
{
    /// <summary>
    /// Logits of about 1.5 for the true class and 0 for the others: in L∞, 0.15 of every pixel turns an image into
    /// another class's.
    /// </summary>
    public static TinyNetwork Network()
    {
        var weight = new float[4, 64];
        var bias = new float[4];
        for (var pattern = 0; pattern < 4; pattern++)
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

    public static ImageData Images(int count)
    {
        var random = new System.Random(1);
        var images = new byte[count * 64];
        for (var index = 0; index < images.Length; index++)
            images[index] = (byte)(127 + 38 * Sign(index / 64 % 4, index % 64) + random.Next(-20, 21));
        return new(tensor(images).reshape(count, 1, 8, 8), arange(count, ScalarType.Int64) % 4,
            ["rows", "columns", "squares", "halves"]);
    }

    private static int Sign(int pattern, int pixel) => pattern switch
    {
        0 => pixel / 8 % 2 == 0,
        1 => pixel % 2 == 0,
        2 => (pixel / 8 + pixel) % 2 == 0,
        _ => pixel < 32,
    } ? 1 : -1;
}
