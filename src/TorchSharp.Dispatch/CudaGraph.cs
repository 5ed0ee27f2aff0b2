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

    /// <summary>Records operators; they are not carried out until <see cref="Replay"/>.</summary>
    /// <param name="device">The device's index.</param>
    /// <param name="work">Calls operators of that device, has done so before, and neither reads a result nor draws random numbers.</param>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">CUDA refuses an operator, or the native part was built without CUDA's headers.</exception>
    public static CudaGraph Record(int device, Action work)
    {
        Native.EnsureLoaded();
        // A tensor that the finaliser frees during the recording could disturb it.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        nint made;
        Native.Check(NativeMethods.td_cuda_graph_begin(device, &made));
        var graph = new CudaGraph(made);
        try
        {
            var ended = 0;
            try
            {
                work();
            }
            finally
            {
                ended = NativeMethods.td_cuda_graph_end(made);
            }
            Native.Check(ended);
            return graph;
        }
        catch
        {
            graph.Dispose();
            throw;
        }
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
}
