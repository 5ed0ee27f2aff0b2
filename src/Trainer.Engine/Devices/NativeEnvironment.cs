using System.Runtime.InteropServices;

namespace Trainer.Engine.Devices;

/// <summary>
/// Settings of the C library and of OpenMP that a training step needs to be fast; those of the user's environment
/// have precedence.
/// </summary>
public static class NativeEnvironment
{
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MapThreshold = -3;

    private static bool isPrepared;

    /// <summary>Sets them, on Linux. OpenMP reads its own when libtorch is loaded: to be called before.</summary>
    public static void Prepare()
    {
        if (!OperatingSystem.IsLinux())
            return;
        isPrepared = true;
        // The memory of tensors of up to 32 MB, the most that every glibc accepts (mallopt(3)), is kept for the next
        // ones instead of being returned to the system after every operator; what loading a data set needs is returned.
        Allocate("MALLOC_MMAP_THRESHOLD_", MapThreshold, 32 << 20);
        Allocate("MALLOC_TRIM_THRESHOLD_", TrimThreshold, int.MaxValue);
        Allocate("MALLOC_TOP_PAD_", TopPad, 64 << 20);
        // Threads that wait sleep after some 20 µs: beside other programs, busy waiting made a step four times slower.
        if (IsUnset("OMP_WAIT_POLICY"))
        {
            SetVariable("OMP_WAIT_POLICY", "passive", overwrite: 1);
            if (IsUnset("GOMP_SPINCOUNT"))
                SetVariable("GOMP_SPINCOUNT", "1000", overwrite: 1);
        }
    }

    /// <summary>
    /// Once data are loaded, keeps the memory of tensors of up to 512 MB, too, where this process is prepared and its
    /// glibc accepts that (2.36 does): activations of a thousand images of LeNet have 75 MB, and took half of the time.
    /// </summary>
    public static void KeepLargeTensors()
    {
        if (isPrepared)
            Allocate("MALLOC_MMAP_THRESHOLD_", MapThreshold, 512 << 20);
    }

    private static bool IsUnset(string variable) => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));

    private static void Allocate(string variable, int parameter, int value)
    {
        if (IsUnset(variable))
            SetAllocator(parameter, value);
    }

    [DllImport("libc", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void SetAllocator(int parameter, int value);

    // .NET's own SetEnvironmentVariable changes a copy that native libraries do not see.
    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, BestFitMapping = false)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void SetVariable(string name, string value, int overwrite);
}
