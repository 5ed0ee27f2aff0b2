using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Trainer.Robustness.Native;

/// <summary>
/// Opens shared objects of Linux with every symbol resolved, so that a missing one is found now and not in the middle
/// of a run.
/// </summary>
internal static partial class SharedObject
{
    private const int ResolveNow = 2;
    private const string C = "libc.so.6";

    // c10's severity above warnings.
    private const int Error = 2;

    /// <exception cref="DllNotFoundException">The dynamic linker refuses the file; the message is its own.</exception>
    public static void Open(string path)
    {
        // The first call binds the function, which itself clears the last error: before dlopen and not after it.
        dlerror();
        if (dlopen(path, ResolveNow) == 0)
            throw new DllNotFoundException(Marshal.PtrToStringUTF8(dlerror()) ?? $"{path} cannot be loaded");
    }

    /// <summary>
    /// Sets c10's logging to errors: NNPACK warns in each thread that the processor does not suit it, which no user can
    /// act on.
    /// </summary>
    public static void SilenceWarnings(string c10)
    {
        if (NativeLibrary.TryGetExport(NativeLibrary.Load(c10), "FLAGS_caffe2_log_level", out var level))
            Marshal.WriteInt32(level, Error);
    }

    /// <summary>Opens an image from memory; from a temporary file where files in memory may not be executed.</summary>
    public static void Open(byte[] image, string name)
    {
        var file = memfd_create(name, 0);
        if (file >= 0)
        {
            using var handle = new SafeFileHandle(file, ownsHandle: true);
            RandomAccess.Write(handle, image, 0);
            if (dlopen($"/proc/self/fd/{file}", ResolveNow) != 0)
                return;
        }
        var path = Path.Combine(Directory.CreateTempSubdirectory("trainer-").FullName, name);
        try
        {
            File.WriteAllBytes(path, image);
            Open(path);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    /// <returns>Whether an open shared object or one that it needs has a symbol in a version.</returns>
    public static bool Has(string path, string symbol, string version) =>
        dlvsym(dlopen(path, ResolveNow), symbol, version) != 0;

    /// <summary>Calls a function without arguments of a shared object that is open.</summary>
    /// <returns>Its result; null where the shared object has no such function.</returns>
    public static unsafe ulong? Call(string path, string function) =>
        NativeLibrary.TryGetExport(dlopen(path, ResolveNow), function, out var address)
        ? ((delegate* unmanaged<ulong>)address)() : null;

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint dlopen(string path, int flags);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint dlvsym(nint handle, string symbol, string version);

    [LibraryImport(C)]
    private static partial nint dlerror();

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int memfd_create(string name, uint flags);
}
