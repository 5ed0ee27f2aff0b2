namespace Trainer.Engine.Storage.Safetensors;

/// <summary>Reaches the memory of row-major CPU tensors in pieces, because a span ends at 2 GiB.</summary>
internal static class TensorBytes
{
    public const int PieceLength = 64 << 20;

    public delegate void Piece(Span<byte> bytes, long offset);

    /// <param name="tensor">Contiguous, on the CPU.</param>
    /// <param name="action">Called with each piece in order, and its offset in bytes.</param>
    /// <param name="pieceLength">Longest piece in bytes.</param>
    public static void ForEachPiece(Tensor tensor, Piece action, int pieceLength = PieceLength)
    {
        var elementSize = tensor.element_size();
        var count = tensor.numel();
        if (count * elementSize <= pieceLength)
        {
            if (count > 0)
                action(tensor.bytes, 0);
            return;
        }
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var flat = tensor.detach().view(-1);
        var step = pieceLength / elementSize;
        for (long start = 0; start < count; start += step)
        {
            using var piece = flat.narrow(0, start, Math.Min(step, count - start));
            action(piece.bytes, start * elementSize);
        }
    }
}
