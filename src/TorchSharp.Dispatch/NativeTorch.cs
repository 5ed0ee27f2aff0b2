using TorchSharp.Dispatching;

namespace TorchDispatch;

/// <summary>What the machine's libtorch can tell or do beyond TorchSharp's own surface.</summary>
/// <remarks>Exists with this provider only: look it up by name, and do without it where it is absent.</remarks>
public static unsafe class NativeTorch
{
    /// <summary>The libtorch this was built for and loaded, for example 1.13.1.</summary>
    public static string Version
    {
        get
        {
            Native.EnsureLoaded();
            return Native.Version;
        }
    }

    /// <summary>The file of the native library, which has the path of its libtorch inside.</summary>
    public static string? Library => NativeLocation.Loaded;

    /// <summary>Operators that TorchSharp.Dispatch knows and this libtorch lacks; calling one throws.</summary>
    public static IReadOnlyList<string> MissingOperators => Native.MissingOperators;

    /// <summary>Gives the BLAS this many threads of its own: 1 where libtorch already runs several.</summary>
    /// <returns>False where the BLAS has no such switch (it then shares libtorch's threads).</returns>
    public static bool SetBlasThreads(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Native.EnsureLoaded();
        return NativeMethods.td_set_blas_threads(count) != 0;
    }

    /// <summary>Bytes of a CUDA device that tensors occupy now.</summary>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">No such device, or built without the CUDA runtime's headers.</exception>
    public static long MemoryAllocated(int device) => Memory(device).Allocated;

    /// <summary>The most bytes of a CUDA device that tensors have occupied so far.</summary>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">No such device, or built without the CUDA runtime's headers.</exception>
    public static long MemoryPeak(int device) => Memory(device).Peak;

    /// <summary>Bytes of memory that a CUDA device has.</summary>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">No such device, or built without the CUDA runtime's headers.</exception>
    public static long MemoryTotal(int device) => Memory(device).Total;

    /// <summary>The name of a CUDA device.</summary>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">No such device, or built without the CUDA runtime's headers.</exception>
    public static string DeviceName(int device)
    {
        Native.EnsureLoaded();
        var name = stackalloc byte[256];
        Native.Check(NativeMethods.td_cuda_name(device, name, 256));
        return System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)name) ?? "";
    }

    /// <summary>Returns the device memory that libtorch holds in reserve.</summary>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">Built without the CUDA runtime's headers.</exception>
    public static void EmptyCache()
    {
        Native.EnsureLoaded();
        Native.Check(NativeMethods.td_cuda_empty_cache());
    }

    private static (long Allocated, long Peak, long Total) Memory(int device)
    {
        Native.EnsureLoaded();
        long allocated, peak, total;
        Native.Check(NativeMethods.td_cuda_memory(device, &allocated, &peak, &total));
        return (allocated, peak, total);
    }
}
