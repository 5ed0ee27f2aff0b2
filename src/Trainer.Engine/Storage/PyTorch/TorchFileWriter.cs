using System.IO.Compression;
using System.Text.Json;
using Trainer.Engine.Storage.Safetensors;

namespace Trainer.Engine.Storage.PyTorch;

/// <summary>
/// Writes a state dict as torch.save does since PyTorch 1.6: <c>torch.load(path, weights_only=True)</c> reads it. Equal
/// tensors give equal bytes.
/// </summary>
public static class TorchFileWriter
{
    private const string Folder = "archive/";
    private static readonly DateTimeOffset Earliest = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Writes a file, whole or not at all. Creates the folder where it is missing.</summary>
    /// <param name="path">The file; replaced where it exists.</param>
    /// <param name="tensors">On any device, of any memory layout; written one at a time.</param>
    /// <param name="metadata">Texts that Trainer reads back; PyTorch ignores them.</param>
    /// <exception cref="ArgumentException">PyTorch has no storage of that dtype.</exception>
    public static void Write(
        string path, IReadOnlyList<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var unfinished = path + ".part";
        Destination.CreateFolderOf(path);
        try
        {
            using (var stream = new FileStream(unfinished, FileMode.Create, FileAccess.ReadWrite, FileShare.None))
                Write(stream, tensors, metadata);
            File.Move(unfinished, path, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    internal static void Write(
        Stream stream, IReadOnlyList<(string Name, Tensor Tensor)> tensors,
        IReadOnlyDictionary<string, string> metadata)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        Write(archive, TorchArchive.Pickle, PickleWriter.StateDict(tensors));
        Write(archive, TorchArchive.ByteOrder, "little"u8);
        foreach (var (index, (_, tensor)) in tensors.Index())
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            using var record = Open(archive, $"{TorchArchive.Data}{index}");
            TensorBytes.ForEachPiece(tensor.detach().cpu().contiguous(), (bytes, _) => record.Write(bytes));
        }
        Write(archive, "version", "3\n"u8);
        if (metadata.Count > 0)
            Write(archive, TorchArchive.Description, JsonSerializer.SerializeToUtf8Bytes(metadata));
    }

    private static void Write(ZipArchive archive, string name, ReadOnlySpan<byte> bytes)
    {
        using var record = Open(archive, name);
        record.Write(bytes);
    }

    private static Stream Open(ZipArchive archive, string name)
    {
        var entry = archive.CreateEntry(Folder + name, CompressionLevel.NoCompression);
        entry.LastWriteTime = Earliest;
        return entry.Open();
    }
}
