namespace Trainer.Robustness.Native;

/// <summary>
/// Loads libtorch and TorchSharp's native library before TorchSharp looks for them. On Linux with the CPU package this
/// is the only loader: the build puts both into the folder <c>libtorch</c>, where TorchSharp's own search finds
/// nothing, because two copies of libtorch in one process abort it. Elsewhere TorchSharp loads the files of its
/// packages by itself, without <see cref="ScalarDisposal"/>.
/// </summary>
public static class Libtorch
{
    /// <summary>
    /// Names the folder of another libtorch, of the same version as the package's: CPU, CUDA or ROCm.
    /// </summary>
    public const string FolderVariable = "TRAINER_LIBTORCH";

    /// <summary>The version of libtorch that TorchSharp was built for.</summary>
    public const string ExpectedVersion = "2.10.0";

    private const string Wrapper = "libLibTorchSharp.so";
    private static readonly Lazy<LoadedLibtorch> Loaded = new(Find);

    /// <summary>
    /// Loads both, once. Call it before any use of TorchSharp; a program that imports Trainer.Robustness.targets need
    /// not.
    /// </summary>
    /// <returns>What was loaded.</returns>
    /// <exception cref="DllNotFoundException">
    /// libtorch is missing or does not fit; the message names the remedy.
    /// </exception>
    public static LoadedLibtorch Load() => Loaded.Value;

    private static LoadedLibtorch Find()
    {
        var named = Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder ? folder : null;
        var own = Path.Combine(AppContext.BaseDirectory, "libtorch");
        var ownWrapper = Path.Combine(own, Wrapper);
        if (OperatingSystem.IsLinux() && File.Exists(ownWrapper))
            return Load(named is null ? own : FolderOf(named), ownWrapper, named is not null);
        if (named is not null)
            throw new DllNotFoundException(
                $"{FolderVariable} is {named}, but this build brings its own libtorch of another platform or device. "
                + $"Build it with -p:TorchDevice=cpu on Linux, or unset {FolderVariable}.");
        if (!OperatingSystem.IsLinux())
            return new(AppContext.BaseDirectory, ExpectedVersion, IsPatched: false);
        var packaged = SearchFolders.FirstOrDefault(folder => File.Exists(Path.Combine(folder, Wrapper)))
            ?? throw new DllNotFoundException(
                $"{AppContext.BaseDirectory} holds no libtorch. Build again with dotnet build; "
                + "the project file of a program outside Trainer's repository imports "
                + "src/Trainer.Robustness/build/Trainer.Robustness.targets.");
        return File.Exists(Path.Combine(packaged, "libtorch_cpu.so"))
            ? Load(packaged, Path.Combine(packaged, Wrapper), isNamed: false)
            : new(packaged, ExpectedVersion, IsPatched: false);
    }

    /// <summary>
    /// Where .NET looks for native libraries: those of the packages, where the build left libtorch to them.
    /// </summary>
    private static string[] SearchFolders =>
        (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string)?.Split(Path.PathSeparator) ?? [];

    private static string FolderOf(string named) =>
        ((string[])[named, Path.Combine(named, "lib")])
        .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "libtorch_cpu.so")))
        ?? throw new DllNotFoundException(
            $"{FolderVariable} is {named}, but neither it nor its folder lib holds libtorch_cpu.so. "
            + "Name an unpacked libtorch, or the folder torch of a Python installation.");

    private static LoadedLibtorch Load(string folder, string wrapper, bool isNamed)
    {
        // libtorch.so brings libc10.so and libtorch_cpu.so, and in CUDA and ROCm builds those of the GPU.
        foreach (var name in (string[])["libc10.so", "libtorch_cpu.so", "libtorch.so", "libtorch_cuda.so",
            "libtorch_hip.so"])
            if (File.Exists(Path.Combine(folder, name)))
                SharedObject.Open(Path.Combine(folder, name));
            else if (name is "libc10.so" or "libtorch_cpu.so" or "libtorch.so")
                throw new DllNotFoundException($"{Path.Combine(folder, name)} is missing. "
                    + (isNamed
                        ? $"Name a complete libtorch with {FolderVariable}." : "Build again with dotnet build."));
        SharedObject.SilenceWarnings(Path.Combine(folder, "libc10.so"));
        var version = isNamed ? LibtorchVersion.Of(folder) : ExpectedVersion;
        try
        {
            return new(folder, version, OpenWrapper(wrapper, Path.Combine(folder, "libtorch_cpu.so")));
        }
        catch (DllNotFoundException exception) when (isNamed)
        {
            var reason = exception.Message.Split("undefined symbol: ") is [_, var symbol] ? $"it lacks {symbol}"
                : exception.Message;
            throw new DllNotFoundException(
                $"TorchSharp needs libtorch {ExpectedVersion} and cannot use {version} in {folder}: {reason}. "
                + $"Name libtorch {ExpectedVersion} with {FolderVariable}, or unset it.");
        }
    }

    /// <returns>Whether it was adapted to an older libstdc++.</returns>
    private static bool OpenWrapper(string path, string libtorch)
    {
        // From memory: it is changed, and from the package's folder the dynamic linker would also load the package's
        // libtorch where a named one has other names.
        var image = new ElfImage(File.ReadAllBytes(path));
        ScalarDisposal.Delay(image);
        var isOlder = !SharedObject.Has(libtorch, SymbolVersion.Symbol, SymbolVersion.Name);
        if (isOlder)
            SymbolVersion.MakeOptional(image);
        SharedObject.Open(image.Bytes, Wrapper);
        return isOlder;
    }
}

/// <summary>The libtorch of this process.</summary>
/// <param name="Folder">Where its files are.</param>
/// <param name="Version">The version that it states.</param>
/// <param name="IsPatched">
/// Whether TorchSharp's native library was loaded from a copy in memory that an older libstdc++ accepts.
/// </param>
public sealed record LoadedLibtorch(string Folder, string Version, bool IsPatched);
