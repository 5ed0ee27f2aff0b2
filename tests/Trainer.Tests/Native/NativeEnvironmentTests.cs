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

    /// <summary>How many maps of its own an allocation makes.</summary>
    private static int MappedBy(int bytes)
    {
        var before = (int)AllocatorStatistics().Maps;
        var memory = Marshal.AllocHGlobal(bytes);
        var after = (int)AllocatorStatistics().Maps;
        Marshal.FreeHGlobal(memory);
        return after - before;
    }

    [DllImport("libc", EntryPoint = "mallinfo2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern Statistics AllocatorStatistics();

    /// <summary>glibc's struct mallinfo2.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Statistics(
        nuint Arena, nuint FreeChunks, nuint FastChunks, nuint Maps, nuint MappedBytes, nuint Unused, nuint FastBytes,
        nuint Used, nuint Free, nuint Top);
}
