using System.Reflection;
using System.Runtime.InteropServices;
using Trainer.Engine.Devices;

namespace Trainer.Cli.Doctor;

/// <summary>Torch: which provider, which libtorch, which BLAS, which devices.</summary>
internal static class TorchFindings
{
    private const string Maps = "/proc/self/maps";

    /// <summary>What the system provider tells beyond TorchSharp's own surface; null under the other provider.</summary>
    private static readonly Type? native = typeof(TorchSharp.torch).Assembly.GetType("TorchDispatch.NativeTorch");

    public static IEnumerable<Finding> Find()
    {
        yield return new("torch provider", TorchVersions.Provider);
        if (Fault() is { } fault)
        {
            yield return fault;
            yield break;
        }
        yield return new("libtorch", Library());
        if (Native("MissingOperators") is IReadOnlyCollection<string> { Count: > 0 } missing)
            yield return new("operators", $"this libtorch lacks {string.Join(", ", missing)}", "networks that use these need a newer libtorch: build against one with scripts/build-native.sh --torch PREFIX");
        if (Blas() is { } blas)
            yield return blas;
        yield return Gpus();
    }

    private static Finding? Fault()
    {
        try
        {
            using var product = ones(64, 64).matmul(ones(64, 64));
            return product.sum().item<float>() == 64 * 64 * 64 ? null : new("libtorch", "multiplies matrices wrongly", "install another libtorch, then scripts/setup.sh", IsFault: true);
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException or NotSupportedException or ExternalException)
        {
            return new("libtorch", exception.GetBaseException().Message.Split('\n')[0], "set the machine up with scripts/setup.sh", IsFault: true);
        }
    }

    private static string Library() => $"{__version__}{(Native("Library") is string file ? $", through {file}" : "")}";

    private static object? Native(string property) => native?.GetProperty(property, BindingFlags.Public | BindingFlags.Static)?.GetValue(null);

    /// <summary>The BLAS that the multiplication before this has loaded; null where the system does not tell.</summary>
    private static Finding? Blas()
    {
        if (!File.Exists(Maps))
            return null;
        var files = File.ReadLines(Maps).Select(line => line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(5))
            .OfType<string>().Where(file => Path.GetFileName(file) is var name && (name.StartsWith("libopenblas", StringComparison.Ordinal) || name.StartsWith("libmkl_core", StringComparison.Ordinal)
                || name.StartsWith("libblas", StringComparison.Ordinal) || name.StartsWith("libblis", StringComparison.Ordinal) || name.StartsWith("libarmpl", StringComparison.Ordinal)))
            .Distinct().ToList();
        if (files.Count == 0)
            return new("BLAS", "inside libtorch");
        var found = string.Join(", ", files.Select(Path.GetFullPath));
        var reference = files.Count == 1 && Path.GetFileName(files[0]).StartsWith("libblas", StringComparison.Ordinal) && !files[0].Contains("openblas", StringComparison.Ordinal) && !files[0].Contains("blis", StringComparison.Ordinal);
        return new("BLAS", found, reference ? "the reference BLAS is several times slower: sudo apt-get install libopenblas0-pthread" : null);
    }

    private static Finding Gpus()
    {
        var count = cuda.is_available() ? cuda.device_count() : 0;
        if (count > 0)
            return new("GPUs", string.Join(", ", Enumerable.Range(0, count).Select(index => $"cuda:{index}")));
        return Directory.Exists("/proc/driver/nvidia")
            ? new("GPUs", "none that torch can use, but the NVIDIA driver is loaded", "this torch was built without CUDA: on such a machine set up with TorchSharp-cuda-linux, or with a CUDA build of PyTorch (scripts/setup.sh says how)")
            : new("GPUs", "none: training runs on the CPU");
    }
}
