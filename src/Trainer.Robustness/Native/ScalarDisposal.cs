using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Trainer.Robustness.Native;

/// <summary>
/// Delays the freeing of TorchSharp's scalars. TorchSharp 0.107 turns each number in <c>tensor.add(2)</c> into a
/// <c>Scalar</c> and passes its native address on without keeping the object alive: a garbage collection during the
/// call lets the finalizer free the number before libtorch has read it. The call then fails ("Expected false to be
/// true") or computes with another number.
/// </summary>
internal static unsafe class ScalarDisposal
{
    private const string Function = "THSTorch_dispose_scalar";

    // A call reads its numbers before it computes. Both must pass: the time alone also passes for a process that is
    // suspended.
    private const int LaterScalars = 10_000;
    private const long Milliseconds = 5_000;
    private static readonly Queue<(nint Scalar, long Time)> Waiting = new();

    /// <summary>Makes the library's function that frees a scalar call this class instead.</summary>
    /// <param name="image">
    /// TorchSharp's native library; changed in place. Code for other processors than x86-64 stays as it is.
    /// </param>
    /// <returns>Whether scalars are kept.</returns>
    /// <exception cref="BadImageFormatException">The library has no such function.</exception>
    public static bool Delay(ElfImage image)
    {
        if (!image.IsX64)
            return false;
        var (offset, length) = image.Function(Function);
        // mov rax, address; jmp rax
        byte[] jump = [0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0];
        delegate* unmanaged<nint, void> replacement = &Dispose;
        BinaryPrimitives.WriteInt64LittleEndian(jump.AsSpan(2), (long)replacement);
        if (length < jump.Length)
            throw new BadImageFormatException($"{Function} has {length} bytes, fewer than a jump.");
        jump.CopyTo(image.Bytes, offset);
        return true;
    }

    [UnmanagedCallersOnly]
    private static void Dispose(nint scalar)
    {
        lock (Waiting)
        {
            var now = Environment.TickCount64;
            Waiting.Enqueue((scalar, now));
            while (Waiting.Count > LaterScalars && now - Waiting.Peek().Time > Milliseconds)
                NativeMemory.Free((void*)Waiting.Dequeue().Scalar);
        }
    }
}
