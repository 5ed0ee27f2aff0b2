using System.Reflection;
using System.Runtime.InteropServices;

namespace TorchSharp.Dispatching;

/// <summary>Where libTorchDispatch.so is looked for, and what to do when it is not there.</summary>
internal static class NativeLocation
{
    /// <summary>The file that was loaded, once one is.</summary>
    public static string? Loaded { get; private set; }

    public static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != NativeMethods.Library) return 0;
        string[] places = [Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory), Path.GetDirectoryName(assembly.Location) ?? ""];
        var folders = places.Where(Path.Exists).Distinct().ToArray();
        foreach (var folder in folders)
        {
            var path = Path.Combine(folder, NativeMethods.Library);
            if (!File.Exists(path)) continue;
            try
            {
                var library = NativeLibrary.Load(path);
                Loaded = path;
                return library;
            }
            catch (DllNotFoundException failure)
            {
                throw new DllNotFoundException(
                    $"{path} cannot be loaded, most likely because the libtorch it was built for has moved or changed: run scripts/setup.sh and build again. {failure.Message}", failure);
            }
        }
        throw new DllNotFoundException(
            $"{NativeMethods.Library} is not in {string.Join(" or ", folders)}: run scripts/setup.sh and build, or scripts/build-native.sh --out with that folder");
    }
}
