using TorchSharp.Dispatching;

namespace TorchDispatch;

/// <summary>
/// Operators of a CUDA device, recorded once and started again by one call (<c>at::cuda::CUDAGraph</c>). A replay reads and writes
/// the memory that the recording did: inputs are copied into the tensors that it read, and results stand where it left them.
/// </summary>
/// <remarks>Exists with this provider only, like <see cref="NativeTorch"/>.</remarks>
public sealed unsafe class CudaGraph : IDisposable
{
    private nint handle;

    private CudaGraph(nint handle) => this.handle = handle;

    /// <summary>Whether the native part was built with the CUDA runtime's headers.</summary>
    public static bool IsSupported
    {
        get
        {
            Native.EnsureLoaded();
            return NativeMethods.td_cuda_graphs() != 0;
        }
    }

    /// <summary>Records operators. They are carried out once, and in the recording only listed, for <see cref="Replay"/>.</summary>
    /// <param name="device">The device's index.</param>
    /// <param name="work">Done twice: calls operators of that device, reads no result of one and draws no random numbers.</param>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">
    /// An operator waits for the device or fails, or the native part was built without CUDA's headers. Nothing was recorded.
    /// </exception>
    /// <exception cref="NotSupportedException">CUDA gave up the recording. What libtorch does after that is undefined: end the process.</exception>
    public static CudaGraph Record(int device, Action work)
    {
        Native.EnsureLoaded();
        Native.Check(NativeMethods.td_cuda_refuse_waiting(1));
        try
        {
            work();
        }
        finally
        {
            Native.Check(NativeMethods.td_cuda_refuse_waiting(0));
        }
        // The recording begins by returning memory that is free: the more is, the more comes back.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        nint made;
        Native.Check(NativeMethods.td_cuda_graph_begin(device, &made));
        var graph = new CudaGraph(made);
        try
        {
            work();
        }
        catch
        {
            graph.End();
            graph.Dispose();
            throw;
        }
        graph.End();
        return graph;
    }

    /// <summary>Starts the recorded operators, in the order of the device's current stream.</summary>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">CUDA refuses.</exception>
    public void Replay()
    {
        ObjectDisposedException.ThrowIf(handle == 0, this);
        Native.Check(NativeMethods.td_cuda_graph_replay(handle));
    }

    /// <summary>Frees the graph. The tensors that were made while it was recorded stay valid.</summary>
    public void Dispose()
    {
        NativeMethods.td_cuda_graph_free(handle);
        handle = 0;
    }

    private void End()
    {
        if (NativeMethods.td_cuda_graph_end(handle) != 0)
            throw new NotSupportedException(System.Runtime.InteropServices.Marshal.PtrToStringUTF8(NativeMethods.td_last_error()));
    }
}
