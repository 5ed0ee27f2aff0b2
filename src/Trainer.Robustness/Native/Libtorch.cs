namespace Trainer.Robustness.Native;

/// <summary>
/// Loads libtorch and TorchSharp's native library before TorchSharp looks for them. On Linux with the CPU package this is the only
/// loader: the build puts both into the folder <c>libtorch</c>, where TorchSharp's own search finds nothing, because two copies of
/// libtorch in one process abort it. Elsewhere TorchSharp loads the files of its packages by itself.
/// </summary>
public static class Libtorch
{
    /// <summary>Names the folder of another libtorch, of the same version as the package's: CPU, CUDA or ROCm.</summary>
    public const string FolderVariable = "TRAINER_LIBTORCH";

    /// <summary>The version of libtorch that TorchSharp was built for.</summary>
    public const string ExpectedVersion = "2.10.0";

    private const string Wrapper = "libLibTorchSharp.so";
    private static readonly Lazy<LoadedLibtorch> loaded = new(Find);

    /// <summary>Loads both, once. Call it before any use of TorchSharp; a program that imports Trainer.Robustness.targets need not.</summary>
    /// <returns>What was loaded.</returns>
    /// <exception cref="DllNotFoundException">libtorch is missing or does not fit; the message says what to do.</exception>
    public static LoadedLibtorch Load() => loaded.Value;

    private static LoadedLibtorch Find()
    {
        var named = Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder ? folder : null;
        var own = Path.Combine(AppContext.BaseDirectory, "libtorch");
        if (OperatingSystem.IsLinux() && Directory.Exists(own))
            return Load(named is null ? own : FolderOf(named), Path.Combine(own, Wrapper), named is not null);
        if (named is not null)
            throw new DllNotFoundException(
                $"{FolderVariable} is {named}, but this build brings its own libtorch of another platform or device. Build it with -p:TorchDevice=cpu on Linux, or unset {FolderVariable}.");
        return OperatingSystem.IsLinux() && Packaged() is { } packaged
            ? Load(packaged, Path.Combine(packaged, Wrapper), isNamed: false)
            : new LoadedLibtorch(AppContext.BaseDirectory, ExpectedVersion, IsPatched: false);
    }

    /// <summary>The folder of TorchSharp's native library where the build left libtorch to the packages; null where there is none.</summary>
    private static string? Packaged() =>
        ((AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string)?.Split(Path.PathSeparator) ?? [])
        .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "libtorch_cpu.so")) && File.Exists(Path.Combine(folder, Wrapper)));

    private static string FolderOf(string named) =>
        ((string[])[named, Path.Combine(named, "lib")]).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "libtorch_cpu.so")))
        ?? throw new DllNotFoundException(
            $"{FolderVariable} is {named}, but neither it nor its folder lib holds libtorch_cpu.so. Name an unpacked libtorch, or the folder torch of a Python installation.");

    private static LoadedLibtorch Load(string folder, string wrapper, bool isNamed)
    {
        // libtorch.so brings libc10.so and libtorch_cpu.so, and in CUDA and ROCm builds those of the GPU.
        foreach (var name in (string[])["libc10.so", "libtorch_cpu.so", "libtorch.so", "libtorch_cuda.so", "libtorch_hip.so"])
            if (File.Exists(Path.Combine(folder, name)))
                SharedObject.Open(Path.Combine(folder, name));
            else if (name is "libc10.so" or "libtorch_cpu.so" or "libtorch.so")
                throw new DllNotFoundException($"{Path.Combine(folder, name)} is missing. {(isNamed ? $"Name a complete libtorch with {FolderVariable}." : "Build again with dotnet build.")}");
        SharedObject.SilenceWarnings(Path.Combine(folder, "libc10.so"));
        var version = VersionOf(folder, isNamed);
        try
        {
            SharedObject.Open(wrapper);
            return new(folder, version, IsPatched: false);
        }
        catch (DllNotFoundException exception) when (exception.Message.Contains(SymbolVersion.Name, StringComparison.Ordinal))
        {
            SharedObject.Open(SymbolVersion.MadeOptional(File.ReadAllBytes(wrapper)), Wrapper);
            return new(folder, version, IsPatched: true);
        }
        catch (DllNotFoundException exception) when (isNamed)
        {
            throw new DllNotFoundException(
                $"TorchSharp was built for libtorch {ExpectedVersion} and cannot use libtorch {version} in {folder}: {exception.Message}. Name libtorch {ExpectedVersion} with {FolderVariable}, or unset it.", exception);
        }
    }

    /// <summary>The version that the folder states: PyTorch's in torch/version.py, libtorch's in build-version.</summary>
    private static string VersionOf(string folder, bool isNamed)
    {
        if (!isNamed)
            return ExpectedVersion;
        var parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))!;
        if (File.Exists(Path.Combine(parent, "build-version")))
            return File.ReadAllText(Path.Combine(parent, "build-version")).Trim();
        return File.Exists(Path.Combine(parent, "version.py"))
            && File.ReadLines(Path.Combine(parent, "version.py")).FirstOrDefault(line => line.StartsWith("__version__", StringComparison.Ordinal))?.Split('\'') is [_, var version, _]
            ? version : "of unknown version";
    }
}
