using System.Runtime.InteropServices;

namespace Trainer.Engine.Signals;

/// <summary>Ends the process while its other threads compute.</summary>
internal static class ProcessEnd
{
    /// <summary>
    /// Ends it without the exit handlers of native libraries, which would free what other threads still use.
    /// </summary>
    /// <param name="exitCode">Its exit code.</param>
    /// <param name="before">Called before; the process ends also where it fails.</param>
    public static void Now(int exitCode, Action before)
    {
        try
        {
            before();
        }
        finally
        {
            if (OperatingSystem.IsWindows())
                Environment.Exit(exitCode);
            else
                Exit(exitCode);
        }
    }

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void Exit(int exitCode);
}
