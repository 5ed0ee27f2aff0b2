namespace Trainer.Engine.Storage.Safetensors;

/// <summary>
/// Recognises files of other formats that are often given as safetensors files, by their first bytes.
/// </summary>
internal static class OtherFormat
{
    private const string Convert = "Convert it in Python, its state_dict alone where the file holds more:"
        + " safetensors.torch.save_file(torch.load(\"weights.pt\", weights_only=True), \"weights.safetensors\").";

    /// <summary>The format of a file, and what to do about it; null where the format is unknown.</summary>
    /// <param name="start">Its first bytes.</param>
    public static (string What, string Advice)? Of(ReadOnlySpan<byte> start) => start switch
    {
        [(byte)'P', (byte)'K', 3, 4, ..] =>
            ("a zip archive, as torch.save writes .pt and .pth files and NumPy .npz", Convert),
        // The third byte of a pickle is an instruction, and none of them is 0.
        [0x80, >= 2 and <= 5, not 0, ..] =>
            ("a pickle, as torch.save wrote .pt and .pth files before PyTorch 1.6", Convert),
        [0x89, (byte)'H', (byte)'D', (byte)'F', ..] =>
            ("an HDF5 file, as Keras writes", "Convert its tensors to safetensors."),
        // The version of the format, then the next field. A sound header's length has no byte here but 0.
        [0x08, > 0 and < 32, 0x12 or 0x1a or 0x22 or 0x3a or 0x42, _, not 0, ..] =>
            ("an ONNX file", "It holds a network, which trainer evaluate FILE --normalisation null measures; its "
                + "weights cannot be taken from it."),
        [(byte)'#', (byte)'!', ..] => ("a script", "To evaluate what it answers, add --program."),
        [0x1f, 0x8b, 8, ..] => ("compressed by gzip", "Unpack it with gunzip."),
        _ when start.StartsWith("version "u8) =>
            ("a Git LFS pointer instead of the file", "Fetch the file itself with git lfs pull."),
        _ when start.StartsWith("<!DOCTYP"u8) || start.StartsWith("<!doctyp"u8) || start.StartsWith("<html"u8) =>
            ("a web page", "Download the file itself."),
        _ => null,
    };
}
