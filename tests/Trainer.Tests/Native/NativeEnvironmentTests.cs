using System.Runtime.InteropServices;
using Trainer.Engine.Devices;

namespace Trainer.Tests.Native;

public sealed class NativeEnvironmentTests
{
    [Fact]
    public void Memory_of_a_tensor_comes_from_the_heap_that_keeps_it_and_that_of_a_data_set_from_the_system()
    {
        if (!OperatingSystem.IsLinux())
            return;
        NativeEnvironment.Prepare();
        // The second is larger than any gap that other tests left in the heap.
        Assert.Equal((0, 1), (MappedBy(30 << 20), MappedBy(1 << 30)));
    }

    [Fact]
    public void Once_data_are_loaded_memory_of_a_large_tensor_comes_from_the_heap_too()
    {
        // Older versions of glibc may refuse it.
        if (!OperatingSystem.IsLinux()
            || Version.Parse(Marshal.PtrToStringAnsi(LibraryVersion())!) < new Version(2, 36))
            return;
        NativeEnvironment.Prepare();
        NativeEnvironment.KeepLargeTensors();
        // No more than a thread's own heap can hold.
        Assert.Equal(0, MappedBy(60 << 20));
    }

    /// <summary>How many maps of its own an allocation makes.</summary>
    private static int MappedBy(int bytes)
    {
        var before = (int)AllocatorStatistics().Maps;
        var memory = Marshal.AllocHGlobal(bytes);
        var after = (int)AllocatorStatistics().Maps;
        Marshal.FreeHGlobal(memory);
        return after - before;
    }

    [DllImport("libc", EntryPoint = "gnu_get_libc_version")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint LibraryVersion();

    [DllImport("libc", EntryPoint = "mallinfo2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern Statistics AllocatorStatistics();

    /// <summary>glibc's struct mallinfo2.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Statistics(
        nuint Arena, nuint FreeChunks, nuint FastChunks, nuint Maps, nuint MappedBytes, nuint Unused, nuint FastBytes,
        nuint Used, nuint Free, nuint Top);
}
