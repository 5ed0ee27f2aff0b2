namespace Trainer.Robustness.Native;

/// <summary>Finds out the version of a libtorch that the user names.</summary>
internal static class LibtorchVersion
{
    private const string Library = "libtorch_cpu.so";

    /// <param name="folder">The folder of libtorch_cpu.so, which is loaded.</param>
    /// <returns>
    /// The version in libtorch's build-version or PyTorch's version.py; else the one in the library's file name, or its
    /// own answer.
    /// </returns>
    public static string Of(string folder)
    {
        var parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))!;
        if (File.Exists(Path.Combine(parent, "build-version")))
            return File.ReadAllText(Path.Combine(parent, "build-version")).Trim();
        if (File.Exists(Path.Combine(parent, "version.py"))
            && File.ReadLines(Path.Combine(parent, "version.py"))
                .FirstOrDefault(
                line => line.StartsWith("__version__", StringComparison.Ordinal))?.Split('\'') is [_, var stated, _])
            return stated;
        var path = Path.Combine(folder, Library);
        // Linux distributions: libtorch_cpu.so is a link to, for example, libtorch_cpu.so.1.13.0.
        var file = Path.GetFileName(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
        if (file.StartsWith($"{Library}.", StringComparison.Ordinal))
            return file[(Library.Length + 1)..];
        // Bytes from the highest: major, minor, patch. Libraries before 2.9 do not have it.
        return SharedObject.Call(path, "aoti_torch_abi_version") is { } number
            ? $"{number >> 56}.{(number >> 48) & 255}.{(number >> 40) & 255}" : "an unknown version";
    }
}
