using System.IO.Compression;
using System.Security.Cryptography;
using Trainer.Engine.Data;
using Trainer.Engine.Networks;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Models;
using Trainer.Robustness.Native;

namespace Trainer.Engine.Weights.Foreign;

/// <summary>Recognises files that hold a network, not its weights alone, by what is in them.</summary>
public static class NetworkFile
{
    // Version 10 of the ONNX format is of 2024; a byte of a longer number, or a line break, is none.
    private const int NewestFormat = 31;

    /// <summary>The network of a file; null where it is something else.</summary>
    /// <param name="path">The file.</param>
    /// <param name="normalisation">What comes before the network; null for images in [0, 1].</param>
    /// <exception cref="TrainerException">It is damaged, or cannot be read.</exception>
    public static ForeignNetwork? Find(string path, Normalisation? normalisation)
    {
        try
        {
            if (!File.Exists(path))
                return null;
            using var stream = File.OpenRead(path);
            Span<byte> start = stackalloc byte[4];
            var length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            if (start.SequenceEqual("PK\u0003\u0004"u8) && IsTorchScript(stream))
            {
                var file = new TorchScriptFile(path, Hash(stream), normalisation);
                TorchScriptArchive.Check(stream, file);
                return file;
            }
            // The first field of an ONNX file is the version of its format; then its producer or its graph.
            return length == start.Length && start[0] == 0x08 && start[1] is > 0 and <= NewestFormat
                && start[2] is 0x12 or 0x1a or 0x22 or 0x3a or 0x42
                ? new OnnxNetworkFile(path, OnnxWeights.Hash(stream, path), normalisation) : null;
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Checkpoint, $"'{path}' cannot be read: {exception.Message.TrimEnd('.')}. Make it readable.",
                exception);
        }
    }

    /// <summary>Refuses a zip archive that is cut short.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="TrainerException">The file is such an archive.</exception>
    public static void CheckWhole(string path)
    {
        using var stream = File.OpenRead(path);
        var start = new byte[4];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length
            || !start.AsSpan().SequenceEqual("PK\u0003\u0004"u8))
            return;
        try
        {
            new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true).Dispose();
        }
        catch (InvalidDataException exception)
        {
            throw new TrainerException(
                ErrorKind.Checkpoint, $"'{path}' is a zip archive of {stream.Length} bytes without the index at its "
                + "end, expected a whole TorchScript file. Get the file again.", exception);
        }
    }

    private static bool IsTorchScript(Stream stream)
    {
        try
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            return archive.Entries.Any(entry => entry.FullName.EndsWith("/constants.pkl", StringComparison.Ordinal))
                && archive.Entries.Any(entry => entry.FullName.Contains("/code/", StringComparison.Ordinal));
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static string Hash(Stream stream)
    {
        stream.Position = 0;
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}

/// <summary>A network that PyTorch saved with torch.jit.</summary>
/// <inheritdoc cref="ForeignNetwork"/>
internal sealed record TorchScriptFile(string Source, string Hash, Normalisation? Normalisation)
    : ForeignNetwork(Source, Hash, Normalisation)
{
    /// <inheritdoc/>
    public override string Kind => "a TorchScript file";

    /// <inheritdoc/>
    public override Module Build(ImageShape images, int classes) =>
        new TorchScriptNetwork(Source, hasGroups: !TorchScriptConvolutions.HaveOneGroup(Source))
        {
            Failure = (images, exception) => Fault(
                $"does not work: images [{string.Join(", ", images)}] cannot go through it: "
                + NetworkBuilder.Reason(exception)
                + (LayoutDoubt.Of(new(images[1], images[2], images[3])) is { } doubt ? $". {doubt}" : ""), exception),
        };
}
