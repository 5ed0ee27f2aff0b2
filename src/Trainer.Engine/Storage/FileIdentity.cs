using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Trainer.Engine.Storage;

/// <summary>
/// Which file or folder it is, whatever its path: device and inode. .NET does not tell them, so libc does, on Linux.
/// </summary>
/// <param name="Device">The device.</param>
/// <param name="Inode">The inode.</param>
internal readonly record struct FileIdentity(ulong Device, ulong Inode)
{
    // Of statx: the present folder, a descriptor without a path, and the inode among what is asked for.
    private const int PresentFolder = -100;
    private const int EmptyPath = 0x1000;
    private const uint InodeMask = 0x100;
    private const int ResultLength = 256;
    private const int InodeOffset = 32;
    private const int DeviceOffset = 136;

    /// <summary>Of an open file; null where it cannot be told.</summary>
    public static FileIdentity? Of(SafeFileHandle file) => Ask((int)file.DangerousGetHandle(), "", EmptyPath);

    /// <summary>Of what is at a path; null where nothing is, or where it cannot be told.</summary>
    public static FileIdentity? Of(string path) => Ask(PresentFolder, path, 0);

    private static FileIdentity? Ask(int folder, string path, int flags)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var result = new byte[ResultLength];
        try
        {
            return Statx(folder, path, flags, InodeMask, result) != 0 ? null
                : new(BinaryPrimitives.ReadUInt64LittleEndian(result.AsSpan(DeviceOffset)),
                BinaryPrimitives.ReadUInt64LittleEndian(result.AsSpan(InodeOffset)));
        }
        catch (EntryPointNotFoundException)
        {
            return null; // An older libc.
        }
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(
        int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] result);
}
