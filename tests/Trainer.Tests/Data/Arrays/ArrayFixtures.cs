namespace Trainer.Tests.Data.Arrays;

/// <summary>The arrays that NumPy has written: Fixtures/arrays/make.py.</summary>
internal static class ArrayFixtures
{
    public static readonly long[] Labels = [2, 0, 1, 1, 0];

    public static string At(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "arrays", name);

    /// <summary>The images of the arrays: 5 of 3 channels, of which grey arrays have the first.</summary>
    public static Tensor Images(int channels = 3)
    {
        var values = Enumerable.Range(0, 5 * 3 * 4 * 6).Select(index => (byte)(37 * index % 256)).ToArray();
        return tensor(values).reshape(5, 3, 4, 6)[TensorIndex.Colon, TensorIndex.Slice(0, channels)];
    }
}
