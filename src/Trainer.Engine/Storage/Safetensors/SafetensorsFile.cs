using Microsoft.Win32.SafeHandles;

namespace Trainer.Engine.Storage.Safetensors;

/// <summary>An open safetensors file whose header has been checked whole; tensors are read from it by name.</summary>
public sealed class SafetensorsFile : ITensorFile
{
    private readonly SafeFileHandle handle;
    private readonly SafetensorsHeader header;
    private readonly Dictionary<string, SafetensorsEntry> byName;

    private SafetensorsFile(string path, SafeFileHandle handle, SafetensorsHeader header)
    {
        Path = path;
        this.handle = handle;
        this.header = header;
        byName = header.Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The strings of <c>__metadata__</c>; empty where there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => header.Metadata;

    /// <summary>Every tensor, in the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries => header.Entries;

    IReadOnlyList<TensorEntry> ITensorFile.Entries => header.Entries;

    /// <summary>Opens a file and checks its header. Memory is bounded by the header's length, at most 100 MB.</summary>
    /// <exception cref="SafetensorsException">The file is malformed.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafetensorsFile Open(string path)
    {
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            var header = SafetensorsHeader.Read(
                path, RandomAccess.GetLength(handle), (buffer, offset) => Fill(handle, buffer, offset));
            return new SafetensorsFile(path, handle, header);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Whether a tensor of this name is there.</summary>
    public bool Contains(string name) => byName.ContainsKey(name);

    /// <summary>The description of one tensor.</summary>
    /// <exception cref="SafetensorsException">No tensor has this name.</exception>
    public SafetensorsEntry Entry(string name) => byName.TryGetValue(name, out var entry)
        ? entry
        : throw new SafetensorsException(SafetensorsError.NoSuchTensor, $"'{Path}' has no tensor '{name}'; "
        + $"it has {Entries.Count}: "
        + $"{string.Join(", ", Entries.Take(10).Select(each => each.Name))}{(Entries.Count > 10 ? ", …" : "")}.");

    TensorEntry ITensorFile.Entry(string name) => Entry(name);

    /// <summary>Reads one tensor.</summary>
    /// <returns>A new contiguous tensor on the CPU.</returns>
    /// <exception cref="SafetensorsException">No tensor has this name, or the file has become shorter.</exception>
    public Tensor Read(string name)
    {
        var entry = Entry(name);
        var tensor = empty([.. entry.Shape], entry.Dtype, device: CPU);
        try
        {
            Fill(entry, tensor);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Reads one tensor into the memory of another of the same dtype and shape.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="target">Overwritten in place; on any device, of any memory layout.</param>
    /// <exception cref="ArgumentException">Dtype or shape differ.</exception>
    /// <exception cref="SafetensorsException">No tensor has this name, or the file has become shorter.</exception>
    public void ReadInto(string name, Tensor target)
    {
        var entry = Entry(name);
        if (target.dtype != entry.Dtype || !target.shape.AsSpan().SequenceEqual(entry.Shape.AsSpan()))
            throw new ArgumentException(
                $"'{name}' is {entry.Dtype} [{string.Join(", ", entry.Shape)}], "
                + $"and the target is {target.dtype} [{string.Join(", ", target.shape)}].", nameof(target));
        if (target.device_type == TorchSharp.DeviceType.CPU && target.is_contiguous())
        {
            Fill(entry, target);
            return;
        }
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        target.copy_(Read(name));
    }

    /// <summary>
    /// Reads consecutive rows of a tensor: its values at indices of the first dimension. Several threads may.
    /// </summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="first">The index of the first.</param>
    /// <param name="target">As long as one row or several.</param>
    /// <exception cref="ArgumentException">There are no such rows, or they have another length.</exception>
    /// <exception cref="SafetensorsException">No tensor has this name, or the file has become shorter.</exception>
    public void ReadRows(string name, long first, Span<byte> target)
    {
        var entry = Entry(name);
        var length = entry.Shape.IsEmpty || entry.Shape[0] == 0 ? 0 : entry.Length / entry.Shape[0];
        if (length == 0 || first < 0 || target.Length % length != 0 || first > entry.Shape[0] - target.Length / length)
            throw new ArgumentException(
                $"'{name}' is {entry.Dtype} [{string.Join(", ", entry.Shape)}], "
                + $"and {target.Length} bytes from row {first} on were asked for.", nameof(first));
        Fill(entry, target, first * length);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => handle.Dispose();

    private void Fill(SafetensorsEntry entry, Tensor tensor) =>
        TensorBytes.ForEachPiece(tensor, (bytes, offset) => Fill(entry, bytes, offset));

    private void Fill(SafetensorsEntry entry, Span<byte> bytes, long offset)
    {
        if (Fill(handle, bytes, entry.Offset + offset) < bytes.Length)
            throw new SafetensorsException(
                SafetensorsError.Truncated,
                $"'{Path}' became shorter while '{entry.Name}' was read from it. Nothing may write to it meanwhile.");
    }

    private static int Fill(SafeFileHandle handle, Span<byte> buffer, long offset)
    {
        var total = 0;
        while (total < buffer.Length)
        {
            var count = RandomAccess.Read(handle, buffer[total..], offset + total);
            if (count == 0)
                break;
            total += count;
        }
        return total;
    }
}
