using Trainer.Engine.Data.Encoded;

namespace Trainer.Engine.Data.Arrays;

/// <summary>A .npy file, which holds one array.</summary>
/// <param name="path">The file.</param>
internal sealed class NpyFile(string path) : IArrayFile
{
    private const int BufferLength = 1 << 16;

    /// <inheritdoc/>
    public string Place => path;

    /// <inheritdoc/>
    public NpyArray Open()
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferLength);
        return NpyArray.Open(file, file.Length, checksum: null);
    }

    /// <inheritdoc/>
    public (FileSlices File, long Start)? Locate()
    {
        using var array = Open();
        return (FileSlices.Open(path), array.Header.Length);
    }
}
