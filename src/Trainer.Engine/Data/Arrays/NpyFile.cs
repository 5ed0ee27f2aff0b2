namespace Trainer.Engine.Data.Arrays;

/// <summary>A .npy file, which holds one array.</summary>
internal static class NpyFile
{
    /// <summary>Reads its array.</summary>
    /// <exception cref="Recipes.TrainerException">It cannot be read, or is not what is expected.</exception>
    public static T Read<T>(string path, Func<NpyArray, T> read) => OwnData.Read(path, () =>
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        return read(NpyArray.Open(new CountingReader(file), file.Length));
    });
}
