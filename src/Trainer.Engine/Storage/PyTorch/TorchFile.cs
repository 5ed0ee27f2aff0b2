using Trainer.Engine.Storage.Safetensors;

namespace Trainer.Engine.Storage.PyTorch;

/// <summary>
/// An open file that torch.save wrote, of either format: a state dict, by itself or under a key of a dict. Its
/// structure is checked whole on opening, and the checksum of a storage before a tensor is first read from it.
/// </summary>
public sealed class TorchFile : ITensorFile
{
    /// <summary>How many of a file's first bytes tell whether it is a PyTorch file.</summary>
    public const int LengthOfStart = 32;
    private const int PieceLength = 1 << 20;
    private readonly FileBytes file;
    private readonly TorchContents contents;
    private readonly StateDict state;
    private readonly HashSet<string> verified = new(StringComparer.Ordinal);

    private TorchFile(FileBytes file, TorchContents contents, StateDict state)
    {
        (this.file, this.contents, this.state) = (file, contents, state);
        Entries = [.. state.Tensors.Select(item => Describe(item.Key, item.Value))];
    }

    /// <inheritdoc/>
    public string Path => file.Path;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => contents.Metadata;

    /// <inheritdoc/>
    public IReadOnlyList<TensorEntry> Entries { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes => state.Key is null && state.Elsewhere is null ? []
        : [$"The weights of '{Path}' are those {(state.Key is { } key ? $"under \"{key}\"" : "at the top")}{Same}"
            + $"{(state.Elsewhere is null ? "" : $"; tensors are also {state.Elsewhere}")}."];

    private string Same => state.SameAs.Count == 0 ? ""
        : $", the same as those under {string.Join(", ", state.SameAs.Select(other => $"\"{other}\""))}";

    /// <summary>Whether a file begins as torch.save writes it: as a zip archive, or with its number.</summary>
    /// <param name="start">Its first bytes, <see cref="LengthOfStart"/> where it has them.</param>
    public static bool IsAtStart(ReadOnlySpan<byte> start) =>
        TorchArchive.IsAtStart(start) || LegacyTorchFile.IsAtStart(start);

    /// <summary>
    /// Opens a file and checks its structure. Constructs tensors and plain containers alone, and executes nothing.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="key">The key of the state dict, levels separated by dots; null where there is but one.</param>
    /// <exception cref="TorchFileException">It is malformed, or holds other things than weights.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TorchFile Open(string path, string? key = null) =>
        Open(path, new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read), key);

    internal static TorchFile Open(string path, Stream stream, string? key = null)
    {
        var file = new FileBytes(path, stream);
        try
        {
            var start = file.Bytes(0, (int)Math.Min(file.Length, LengthOfStart), "its first bytes");
            var contents = TorchArchive.IsAtStart(start) ? TorchArchive.Read(file)
                : start is [0x80, ..] ? LegacyTorchFile.Read(file)
                : throw file.Fault(TorchFileError.OtherFormat, "it is neither a zip archive nor a pickle");
            return new(file, contents, StateDict.Choose(contents.Root, key, file.Fault));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Contains(string name) => state.Tensors.ContainsKey(name);

    /// <inheritdoc/>
    public TensorEntry Entry(string name) => Describe(name, Find(name));

    /// <inheritdoc/>
    /// <exception cref="TorchFileException">Its bytes have another checksum, or the file became shorter.</exception>
    public Tensor Read(string name)
    {
        var tensor = Find(name);
        var (size, dtype) = (tensor.Storage.ElementSize, tensor.Storage.Dtype);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        if (tensor.Span == 0)
            return empty([.. tensor.Shape], dtype, device: CPU).MoveToOuterDisposeScope();
        var place = contents.Storages[tensor.Storage.Key];
        Verify(place);
        var flat = empty(tensor.Span, dtype, device: CPU);
        TensorBytes.ForEachPiece(flat, (bytes, offset) =>
        {
            file.Fill(bytes, place.Offset + tensor.Offset * size + offset, place.Name);
            if (contents.IsBigEndian)
                Reverse(bytes, size);
            if (dtype == ScalarType.Bool)
                foreach (ref var value in bytes)
                    value = Math.Min(value, (byte)1);
        });
        return flat.as_strided([.. tensor.Shape], [.. tensor.Strides]).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();

    private static void Reverse(Span<byte> bytes, int size)
    {
        for (var start = 0; start < bytes.Length; start += size)
            bytes.Slice(start, size).Reverse();
    }

    private static TensorEntry Describe(string name, TorchTensor tensor) =>
        new(name, tensor.Storage.Dtype, tensor.Shape);

    private TorchTensor Find(string name) => state.Tensors.TryGetValue(name, out var tensor) ? tensor
        : throw file.Fault(TorchFileError.NoStateDict, $"it has no tensor \"{name}\"");

    private void Verify(StoragePlace place)
    {
        if (place.Checksum is not { } expected || !verified.Add(place.Name))
            return;
        var (checksum, buffer) = (new Crc32(), new byte[Math.Min(place.Length, PieceLength)]);
        for (var offset = 0L; offset < place.Length; offset += buffer.Length)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, place.Length - offset));
            file.Fill(piece, place.Offset + offset, place.Name);
            checksum.Append(piece);
        }
        if (checksum.Value != expected)
            throw file.Fault(TorchFileError.Checksum, $"the checksum of {place.Name} is wrong");
    }
}
